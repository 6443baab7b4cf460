// A little of what rustc describes: methods of traits, closures, generics.
#![no_std]
#![no_main]

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}

trait Grow {
    fn grow(&mut self, by: u32) -> u32;
}

struct Table<T> {
    last: T,
}

impl Grow for Table<u32> {
    #[inline(never)]
    fn grow(&mut self, by: u32) -> u32 {
        let twice = |n: u32| n.wrapping_mul(2).wrapping_add(self.last);
        let next = twice(by);
        self.last = next;
        next
    }
}

#[inline(never)]
fn apply<F: Fn(u32) -> u32>(f: F) -> u32 {
    f(3)
}

#[no_mangle]
pub extern "C" fn _start() -> ! {
    let mut table = Table { last: 1u32 };
    loop {
        let by = apply(|n| n ^ 5);
        unsafe { core::ptr::write_volatile(&mut table.last, by) };
        table.grow(by);
    }
}
