// Package lines serves requests that come one JSON object a line, and answers each with one line, in order.
package lines

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Failure is the answer to a request that could not be served.
type Failure struct {
	Error string `json:"error"`
}

// Serve answers standard input on standard output until the input ends. A panic of a library under question becomes
// an error of that one request.
func Serve(answer func(request []byte) any) error {
	input := bufio.NewReader(os.Stdin)
	output := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(output)
	encoder.SetEscapeHTML(false)
	for {
		request, err := input.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := encoder.Encode(guarded(answer, request)); err != nil {
			return err
		}
		// Nobody waits for an answer as long as more requests lie in the buffer.
		if input.Buffered() == 0 {
			if err := output.Flush(); err != nil {
				return err
			}
		}
	}
}

func guarded(answer func([]byte) any, request []byte) (result any) {
	defer func() {
		if reason := recover(); reason != nil {
			result = Failure{fmt.Sprintf("panic: %v", reason)}
		}
	}()
	return answer(request)
}
