// Command pocketbase is PocketBase as it comes, the peer of the measurements.
package main

import (
	"log"

	"github.com/pocketbase/pocketbase"
)

func main() {
	app := pocketbase.New()
	log.Fatal(app.Start())
}
