// Objects in Rust: `self`.
mod app {
    #[allow(dead_code)]
    pub struct Store {
        pub title: String,
        pub label: &'static str,
        pub data: Vec<Vec<u8>>,
        pub number: u32,
    }
    impl Store {
        #[inline(never)]
        pub fn new(title: &str) -> Store {
            Store { title: title.to_string(), label: "label", data: Vec::new(), number: 3 }
        }
        #[inline(never)]
        pub fn push(&mut self, pages: usize) {
            self.data.push(vec![1u8; pages * 4096]);
        }
    }
    impl Drop for Store {
        #[inline(never)]
        fn drop(&mut self) {
            self.number = 0;
        }
    }
}

#[inline(never)]
fn work(name: &str, pages: usize) -> usize {
    let mut store = app::Store::new(name);
    store.push(pages);
    store.push(pages);
    store.data.len()
}

fn main() {
    let mut boxed = Box::new(app::Store::new("boxed"));
    boxed.push(300);
    let count = work("one", 100) + work("two", 200);
    boxed.push(50);
    println!("{}", count);
}
