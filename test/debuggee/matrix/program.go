// Its runtime moves memory at times of its own: what must hold is that it runs to its end
// and that its names are known.
package main

import (
	"fmt"
	"syscall"
)

//go:noinline
func growN(pages int) { // grows at least 4000 5 main.growN
	memory, err := syscall.Mmap(-1, 0, pages*4096, 3, 0x22)
	if err != nil {
		panic(err)
	}
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1
	}
}

func main() {
	for i := 0; i < 5; i++ {
		growN(800)
	}
	done := make(chan int)
	for i := 0; i < 20; i++ {
		go func(i int) { done <- i }(i)
	}
	sum := 0
	for i := 0; i < 20; i++ {
		sum += <-done
	}
	fmt.Println("sum", sum)
}
