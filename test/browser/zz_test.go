package browser
import ("testing";"time";"beffroi/test/browser/probe";"os";"strings")
func TestTiming(t *testing.T){
 h:=newHouse(t); b:=probe.New(t)
 for _,v:=range h.visits(t){ 
  if !strings.Contains(os.Getenv("ONLY"), ","+v.name+",") {continue}
  s:=time.Now(); page:=b.Open(t,h.url+v.address,probe.Options{Lang:"fr",Cookie:h.enter(t,v.username)})
  line:=v.name+" open "+time.Since(s).String()
  for _,x:=range []struct{n string; f func(*probe.Page)[]probe.Problem}{{"axe",probe.Axe},{"names",probe.Names},{"reflow",probe.Reflow},{"targets",probe.Targets},{"kb",probe.Keyboard},{"nos",func(p*probe.Page)[]probe.Problem{return probe.NoScript(p,nil)}},{"csp",probe.CSP}} {
   s=time.Now(); pr:=x.f(page); line+=" "+x.n+" "+time.Since(s).Round(time.Millisecond).String()
   for _,p:=range pr {s:=p.String(); t.Log(s[:min(len(s),300)])}
  }
  t.Log(line)
 }
}
