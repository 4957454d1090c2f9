// Package steps runs the steps of a tour and prints one line for each: `ok NAME`, `failed NAME: why` or `skipped NAME: why`.
package steps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// longest is the time that a step may take.
const longest = time.Minute

// Tour is a sequence of steps. One that fails does not keep the others from running.
type Tour struct{ failed bool }

type skipped struct{ why string }

func (s skipped) Error() string { return s.why }

// Skip is what a step returns that cannot be taken here.
func Skip(why string) error { return skipped{why} }

// Step runs one step, unless others are named on the command line, and prints what became of it.
func (t *Tour) Step(name string, do func(ctx context.Context) error) {
	if asked := os.Args[1:]; len(asked) > 0 && !slices.Contains(asked, name) {
		return
	}
	t.Begin(name, do)
}

// Begin runs a step that all others need.
func (t *Tour) Begin(name string, do func(ctx context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	err := safely(ctx, do)
	var skip skipped
	switch {
	case err == nil:
		fmt.Println("ok", name)
	case errors.As(err, &skip):
		fmt.Printf("skipped %s: %s\n", name, skip.why)
	default:
		t.failed = true
		fmt.Printf("failed %s: %s\n", name, strings.ReplaceAll(err.Error(), "\n", " "))
	}
}

// End ends the program: with 1 if a step failed.
func (t *Tour) End() {
	if t.failed {
		os.Exit(1)
	}
}

func safely(ctx context.Context, do func(ctx context.Context) error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic: %v", fault)
		}
	}()
	return do(ctx)
}

// Eventually asks again and again until there is no error; gives the last one when the time is over.
func Eventually(ctx context.Context, ask func(ctx context.Context) error) error {
	var last error
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, longest/2, true, func(ctx context.Context) (bool, error) {
		last = ask(ctx)
		return last == nil, nil
	})
	if err != nil && last != nil {
		return last
	}
	return err
}

// Expect is an error unless both are equal.
func Expect[T comparable](what string, got, want T) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("%s: got %v, want %v", what, got, want)
}
