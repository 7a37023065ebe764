//! Same input, same output, whatever the number of threads and the order of files.

use std::num::NonZeroUsize;
use std::path::Path;

use backlint_engine::{Config, Environment, MemoryFile, analyse};

use crate::{MALFORMED_COMMENT, MISPLACED_GUARD, environment};

/// Everything that an outcome says.
fn analysed(threads: usize, files: Vec<MemoryFile>) -> String {
    let threads = NonZeroUsize::new(threads).expect("at least one thread");
    let environment = Environment { threads, ..environment(Path::new("")) };
    let config = Config::parse("backlint.toml", "audience = \"auditor\"").expect("a sound configuration");
    let settings = config.resolve(environment).expect("known rules");
    format!("{:#?}", analyse(files, &settings).expect("threads"))
}

fn files() -> Vec<MemoryFile> {
    let texts = [MISPLACED_GUARD, MALFORMED_COMMENT, "x = $  # backlint: skip\n", "x = 1  # noqa: AUTH003\n"];
    let file = |n: usize| MemoryFile::new(format!("app/part{}/module{n}.py", n % 7), texts[n % texts.len()]);
    (0..60).map(file).collect()
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let one = analysed(1, files());
    assert!(one.contains("AUTH003") && one.contains("SUP001") && one.contains("SUP003"));
    assert_eq!(one, analysed(2, files()));
    assert_eq!(one, analysed(8, files()));
}

#[test]
fn the_order_of_files_changes_nothing() {
    let mut backwards = files();
    backwards.reverse();
    backwards.push(files().swap_remove(0));
    assert_eq!(analysed(2, files()), analysed(2, backwards));
}
