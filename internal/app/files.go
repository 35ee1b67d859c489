package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/files"
	"beffroi/internal/platform/object"
)

// filesCall is the command files with its flags.
type filesCall struct {
	*call
	house *House
	actor auth.Actor
	out   string
	dry   bool
}

func runFiles(c *call) error {
	c.config.flags(c.flags, c.env)
	f := filesCall{call: c, actor: auth.System("command-line")}
	c.flags.StringVar(&f.out, "o", "", "get: file to write; standard output when empty")
	c.flags.BoolVar(&f.dry, "dry-run", false, "sweep: say what would be removed, remove nothing")
	if err := c.parse(); err != nil {
		return err
	}
	verbs := map[string]struct {
		args int
		run  func() error
	}{"list": {1, f.list}, "add": {2, f.add}, "get": {1, f.get}, "remove": {2, f.remove}, "restore": {2, f.restore}, "sweep": {0, f.sweep}, "verify": {0, f.verify}}
	verb, ok := verbs[append(c.args, "")[0]]
	if !ok || len(c.args) != verb.args+1 {
		return c.usage("files needs a verb and what it is about: files list mission:TER-EAU, files add mission:TER-EAU plan.pdf, files get 12 -o plan.pdf, files remove mission:TER-EAU 12, files restore mission:TER-EAU 12, files sweep --dry-run, files verify")
	}
	h, err := c.open()
	if err != nil {
		return err
	}
	defer h.Close()
	f.house = h
	return verb.run()
}

// thing reads the argument KIND:KEY.
func (f *filesCall) thing() (object.Ref, error) {
	ref, err := object.Parse(f.args[1])
	if err != nil {
		return ref, f.usage("%q is not KIND:KEY, such as mission:TER-EAU", f.args[1])
	}
	return ref, nil
}

// number reads the number of a file.
func (f *filesCall) number(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, f.usage("%q is not the number of a file, as files list prints it", text)
	}
	return id, nil
}

func (f *filesCall) list() error {
	ref, err := f.thing()
	if err != nil {
		return err
	}
	_, list, err := f.house.Files.All(f.ctx, f.actor, ref)
	for _, one := range list {
		f.tell(one)
	}
	return err
}

func (f *filesCall) tell(one files.File) {
	state := string(one.State)
	if !one.Removed.IsZero() {
		state += ", removed"
	}
	fmt.Fprintf(f.Out, "%d\t%s\t%s\t%d\t%s\t%s\n", one.ID, one.Name, one.Type, one.Size, one.Sum, state)
}

func (f *filesCall) add() error {
	ref, err := f.thing()
	if err != nil {
		return err
	}
	in, err := os.Open(f.args[2])
	if err != nil {
		return &fault.Error{Kind: fault.NotFound, Code: "file.open", Args: fault.Args{"value": f.args[2]}, Err: err}
	}
	defer in.Close()
	one, err := f.house.Files.Add(f.ctx, f.actor, ref, filepath.Base(f.args[2]), in)
	if err == nil {
		f.tell(one)
	}
	return err
}

func (f *filesCall) get() error {
	id, err := f.number(f.args[1])
	if err != nil {
		return err
	}
	_, _, r, err := f.house.Files.Open(f.ctx, f.actor, id)
	if err != nil {
		return err
	}
	defer r.Close()
	if f.out == "" {
		_, err = io.Copy(f.Out, r)
		return err
	}
	out, err := os.Create(f.out)
	if err != nil {
		return &fault.Error{Kind: fault.NotFound, Code: "file.open", Args: fault.Args{"value": f.out}, Err: err}
	}
	_, err = io.Copy(out, r)
	return errors.Join(err, out.Close())
}

func (f *filesCall) remove() error {
	ref, id, err := f.both()
	if err == nil {
		_, err = f.house.Files.Remove(f.ctx, f.actor, ref, id)
	}
	return err
}

func (f *filesCall) restore() error {
	ref, id, err := f.both()
	if err == nil {
		_, err = f.house.Files.Restore(f.ctx, f.actor, ref, id)
	}
	return err
}

func (f *filesCall) both() (ref object.Ref, id int64, err error) {
	if ref, err = f.thing(); err == nil {
		id, err = f.number(f.args[2])
	}
	return ref, id, err
}

func (f *filesCall) sweep() error {
	swept, err := f.house.Files.Sweep(f.ctx, f.dry)
	for _, one := range swept.Rows {
		f.tell(one)
	}
	for _, b := range swept.Blobs {
		fmt.Fprintf(f.Out, "%s\t%d bytes\n", b.Sum, b.Size)
	}
	word := "removed"
	if f.dry {
		word = "would be removed"
	}
	fmt.Fprintf(f.Out, "%d rows and %d blobs %s\n", len(swept.Rows), len(swept.Blobs), word)
	return err
}

func (f *filesCall) verify() error {
	n, problems, err := f.house.Files.Verify(f.ctx)
	if err != nil {
		return err
	}
	for _, p := range problems {
		fmt.Fprintf(f.Out, "FAIL  %s  %v\n", p.Sum, p.Err)
	}
	if len(problems) > 0 {
		return fault.New(fault.Conflict, "file.damaged", fault.Args{"n": int64(len(problems))})
	}
	fmt.Fprintf(f.Out, "ok    %d blobs read to their end, each is that of its SHA-256\n", n)
	return nil
}
