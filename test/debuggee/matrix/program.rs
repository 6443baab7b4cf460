// Names of Rust.
// watched: grow*,program::main::*
extern "C" {
    fn debuggee_prepare();
    fn debuggee_map(pages: usize);
}

fn add(pages: usize) {
    unsafe { debuggee_map(pages) }
}

mod app {
    pub trait Grow {
        fn grow(&self, by: usize);

        #[inline(never)]
        fn grow_default(&self, by: usize) { // grows 2 1 program::app::Grow::grow_default | v0: <program::app::Table<usize> as program::app::Grow>::grow_default
            crate::add(by + 1);
        }
    }

    pub struct Table<T> {
        pub extra: T,
    }

    impl Grow for Table<usize> {
        #[inline(never)]
        fn grow(&self, by: usize) { // grows 40 5 <program::app::Table<usize> as program::app::Grow>::grow
            crate::add(by + self.extra);
        }
    }

    impl<T> Table<T> {
        #[inline(never)]
        pub fn grow_inherent(&self, by: usize) { // grows 3 1 program::app::Table<T>::grow_inherent | v0: <program::app::Table<usize>>::grow_inherent
            crate::add(by);
        }
    }
}

#[inline(never)]
fn grow_generic<T: Into<usize>>(by: T) { // grows 4 1 program::grow_generic | v0: program::grow_generic::<u16>
    add(by.into());
}

#[inline(never)]
fn apply(grow: &dyn Fn(usize)) {
    grow(5);
}

#[inline(never)]
#[no_mangle]
pub extern "C" fn grow_exported() { // grows 6 1 grow_exported
    add(6);
}

fn main() {
    use app::Grow;
    let table = app::Table { extra: 1usize };

    unsafe { debuggee_prepare() };
    for _ in 0..5 {
        table.grow(7);
    }
    table.grow_default(1);
    table.grow_inherent(3);
    grow_generic(4u16);
    let closure: &dyn Fn(usize) =
        &|by| add(by); // grows 5 1 program::main::{{closure}} | v0: program::main::{closure#0}
    apply(unsafe { std::ptr::read_volatile(&closure) });
    grow_exported();
}
