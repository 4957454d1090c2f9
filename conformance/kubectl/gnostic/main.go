// Compares OpenAPI documents in protobuf with what gnostic, whose messages they are, makes of the same in JSON.
// Arguments: v2 or v3, the file with protobuf, the file with JSON.
package main

import (
	"fmt"
	"os"
	"reflect"

	openapi_v2 "github.com/google/gnostic-models/openapiv2"
	openapi_v3 "github.com/google/gnostic-models/openapiv3"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
)

type document interface {
	proto.Message
	ToRawInfo() *yaml.Node
}

func main() {
	packed, err := os.ReadFile(os.Args[2])
	check(err)
	plain, err := os.ReadFile(os.Args[3])
	check(err)

	var ours, theirs document
	if os.Args[1] == "v2" {
		ours = &openapi_v2.Document{}
		theirs, err = openapi_v2.ParseDocument(plain)
	} else {
		ours = &openapi_v3.Document{}
		theirs, err = openapi_v3.ParseDocument(plain)
	}
	check(err)
	check(proto.Unmarshal(packed, ours))
	if !reflect.DeepEqual(valueOf(ours), valueOf(theirs)) {
		fmt.Fprintln(os.Stderr, "they say different things")
		os.Exit(1)
	}
}

func valueOf(d document) (value any) {
	check(d.ToRawInfo().Decode(&value))
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
