// What each line adds in Rust, as in lines.c.
use std::ffi::c_void;

extern "C" {
    fn mmap(at: *mut c_void, size: usize, protection: i32, flags: i32, fd: i32, offset: i64)
        -> *mut u8;
    fn munmap(at: *mut c_void, size: usize) -> i32;
}

const PAGE: usize = 4096;

#[inline(never)]
fn take(pages: usize) -> *mut u8 {
    unsafe {
        let memory = mmap(std::ptr::null_mut(), pages * PAGE, 3, 0x22, -1, 0);
        for page in 0..pages {
            *memory.add(page * PAGE) = 1;
        }
        memory
    }
}

struct Held(*mut u8, usize);

impl Drop for Held {
    #[inline(never)]
    fn drop(&mut self) {
        unsafe { munmap(self.0 as *mut c_void, self.1 * PAGE) };
    }
}

#[inline(never)]
fn grows(times: usize) -> usize {
    let mut kept = 0;
    for _ in 0..times {
        let held = Held(take(40), 40); //= 120 3
        kept += take(2 + held.1 / 40) as usize; //= 9 3
        drop(held); //= -120 3
    }
    kept
}

fn main() {
    // What the dynamic linker unmapped is in use again, as in debuggee.h.
    for _ in 0..256 {
        take(1);
    }
    let kept = grows(3);
    if kept == 1 {
        println!("{}", kept);
    }
}
