package zz
import ("syscall";"testing";"context";"os";"time";"math/rand/v2";"fmt"
"beffroi/internal/ground/ledger"
"beffroi/internal/ground/key"
"beffroi/internal/ground/series"
"beffroi/internal/ground/territory"
"beffroi/internal/platform/audit"
"beffroi/internal/platform/auth"
"beffroi/internal/platform/intake"
"beffroi/internal/platform/clock"
"beffroi/internal/platform/db"
"beffroi/packs")
type house struct{ d *db.DB; t *territory.Service; s *series.Service; k *key.Service; l *ledger.Service; in *intake.Service}
var actor =auth.System("load")
func open(tb testing.TB, path string) house {
 ctx:=context.Background()
 d,err:=db.Open(ctx,"sqlite:"+path,clock.System()); if err!=nil{tb.Fatal(err)}
 tb.Cleanup(func(){d.Close()})
 if _,err:=d.Migrate(ctx,[]db.Schema{audit.Schema(),auth.Schema(),intake.Schema(),territory.Schema(),series.Schema(),key.Schema(),ledger.Schema()});err!=nil{tb.Fatal(err)}
 h:=house{d:d}
 h.t=territory.NewService(d); h.s=series.NewService(d,h.t); h.k=key.NewService(d,h.t,h.s); h.l=ledger.NewService(d,h.t,h.k)
 h.in=intake.NewService(d,h.s.Target())
 return h
}
const path="/tmp/bt/zz.db"
func filled(tb testing.TB) house {
 ctx:=context.Background()
 _,err:=os.Stat(path)
 h:=open(tb,path)
 if err==nil {return h}
 files,_:=packs.Open("hainaut")
 tp,err:=territory.LoadPack(files); if err!=nil{tb.Fatal(err)}
 if err:=h.t.Seed(ctx,actor,tp);err!=nil{tb.Fatal(err)}
 sp,err:=series.LoadPack(files); if err!=nil{tb.Fatal(err)}
 pubs,err:=h.s.Publications(ctx,sp); if err!=nil{tb.Fatal(err)}
 if err:=h.s.Seed(ctx,actor,pubs);err!=nil{tb.Fatal(err)}
 kp,err:=key.LoadPack(files); if err!=nil{tb.Fatal(err)}
 if err:=h.k.Seed(ctx,actor,kp);err!=nil{tb.Fatal(err)}
 atlas,_:=h.t.Atlas(ctx)
 today:=clock.Today(h.d.Clock())
 m:=maker{rand: rand.New(rand.NewPCG(1, 0)), atlas: atlas, today: today, years: 20, communes: atlas.Communes(today)}
 began:=time.Now()
 for range 10 { if err:=h.l.SeedEntries(ctx,actor,m.postings(10000));err!=nil{tb.Fatal(err)} }
 fmt.Println("100k entries",time.Since(began))
 return h
}
func BenchmarkPost(b *testing.B){ h:=filled(b); ctx:=context.Background(); atlas,_:=h.t.Atlas(ctx); today:=clock.Today(h.d.Clock())
 m:=maker{rand: rand.New(rand.NewPCG(2, 0)), atlas: atlas, today: today, years: 20, communes: atlas.Communes(today)}
 b.ReportAllocs()
 for b.Loop(){ p:=m.posting(); p.Attribution=ledger.Direct; p.Key=""; p.Base=[]string{"53053"}; if _,err:=h.l.Post(ctx,actor,p);err!=nil{b.Fatal(err)} } }
func read(b *testing.B, f func(h house, tx *db.Tx) error){ h:=filled(b); b.ReportAllocs(); for b.Loop(){ if err:=h.d.Read(context.Background(),func(tx *db.Tx)error{return f(h,tx)});err!=nil{b.Fatal(err)} } }
func BenchmarkGet(b *testing.B){ read(b,func(h house,tx *db.Tx)error{_,err:=h.l.Get(tx,ledger.Ref{Year:2020,Number:77});return err}) }
func BenchmarkEntries(b *testing.B){ read(b,func(h house,tx *db.Tx)error{l,err:=h.l.Entries(tx,ledger.Filter{},50);if len(l)!=50{b.Fatal(len(l))};return err}) }
func BenchmarkSummaries(b *testing.B){ h0:=filled(b); a,_:=h0.t.Atlas(context.Background()); c,_,_:=a.Commune("53053"); today:=clock.Today(h0.d.Clock()); read(b,func(h house,tx *db.Tx)error{_,_,err:=h.l.Summaries(tx,c.ID,today);return err}) }
func BenchmarkSummary(b *testing.B){ h0:=filled(b); a,_:=h0.t.Atlas(context.Background()); c,_,_:=a.Commune("53053"); today:=clock.Today(h0.d.Clock()); read(b,func(h house,tx *db.Tx)error{_,err:=h.l.Summary(tx,c.ID,today);return err}) }
func BenchmarkFilterSums(b *testing.B){ read(b,func(h house,tx *db.Tx)error{_,err:=h.l.FilterSums(tx,ledger.Filter{});return err}) }
func BenchmarkAreaEntries(b *testing.B){ h0:=filled(b); a,_:=h0.t.Atlas(context.Background()); c,_,_:=a.Commune("53053"); read(b,func(h house,tx *db.Tx)error{_,err:=h.l.Entries(tx,ledger.Filter{Area:c.ID,HasArea:true},10);return err}) }
func cpu() time.Duration{var u syscall.Rusage; syscall.Getrusage(syscall.RUSAGE_SELF,&u); return time.Duration(u.Utime.Nano()+u.Stime.Nano())}
func BenchmarkImport(b *testing.B){ h:=filled(b); name:="/work/shared/data/stats/population-age-sex-2009-2015.csv"; data,_:=os.ReadFile(name); c:=cpu()
 for b.Loop(){ o,err:=h.in.Try(context.Background(),actor,intake.Request{Target:"series",File:intake.File{Name:"p.csv",Data:data},Options:map[string]string{}}); if err!=nil||o.Errors()>0{b.Fatal(err,o)} }
 b.ReportMetric(float64((cpu()-c).Microseconds())/1000/float64(b.N),"cpums/op") }
