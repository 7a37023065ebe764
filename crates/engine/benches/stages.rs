//! Times each stage of a run alone on the fixture apps, and the whole run from texts in memory.

use std::fs;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use backlint_engine::{Config, Environment, FileKind, MemoryFile, Settings, analyse};
use backlint_model::{Fact, Input, Options, link};
use backlint_semantic::index;
use backlint_source::{FileId, SourceFile, Sources};
use backlint_syntax::{Module, bare_parse, parse};
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput};

const APPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/apps");

/// The Python files of an app: path below its folder, and text.
type Texts = Vec<(String, String)>;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    stages(&mut criterion);
    criterion.final_summary();
}

fn stages(criterion: &mut Criterion) {
    let apps = fs::read_dir(APPS).expect("the folder of the fixture apps");
    let mut apps: Vec<PathBuf> = apps.map(|entry| entry.expect("an entry of it").path()).collect();
    apps.retain(|path| path.is_dir());
    apps.sort();
    for app in apps {
        let mut texts = Texts::new();
        collect(&app, "", &mut texts);
        let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
        let name = app.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(bytes as u64));
        time_stages(&mut group, &texts);
        group.finish();
    }
}

fn time_stages(group: &mut BenchmarkGroup<'_, WallTime>, texts: &Texts) {
    let modules = || -> Vec<Module> { texts.iter().map(|(_, text)| parse(text)).collect() };
    let settings = settings();
    group.bench_function("bare parse", |bencher| {
        bencher.iter(|| texts.iter().for_each(|(_, text)| drop(black_box(bare_parse(text)))));
    });
    group.bench_function("parse and lower", |bencher| bencher.iter(modules));
    group.bench_function("index", |bencher| {
        let modules = modules();
        let pairs = || texts.iter().zip(&modules);
        bencher.iter(|| pairs().for_each(|((_, text), module)| drop(black_box(index(text, module)))));
    });
    group.bench_function("link", |bencher| {
        let setup = || (sources(texts), inputs(texts));
        let work = |(sources, inputs)| {
            link(sources, inputs, &Options::default(), &[Fact::Flows, Fact::RowChanges, Fact::Transactions])
        };
        bencher.iter_batched(setup, work, BatchSize::LargeInput);
    });
    group.bench_function("whole run", |bencher| {
        let setup = || texts.iter().map(|(path, text)| MemoryFile::new(path, text)).collect();
        bencher.iter_batched(setup, |files| analyse(files, &settings), BatchSize::LargeInput);
    });
}

fn sources(texts: &Texts) -> Sources {
    Sources::new(texts.iter().map(|(path, text)| SourceFile::new(path, text)).collect())
}

fn inputs(texts: &Texts) -> Vec<Input> {
    let inputs = (0..).map(FileId).zip(texts).map(|(id, (local, text))| {
        let module = parse(text);
        let index = index(text, &module);
        Input { id, local: local.clone(), module, index }
    });
    inputs.collect()
}

/// The defaults, on one thread: what is timed is work, not waiting.
fn settings() -> Settings {
    let environment =
        Environment { working_directory: PathBuf::from(APPS), today: (2026, 1, 1), threads: NonZeroUsize::MIN };
    Config::parse("backlint.toml", "").and_then(|config| config.resolve(environment)).expect("the defaults are sound")
}

/// Adds the Python files below `folder`, whose own path in reports is `prefix`.
fn collect(folder: &Path, prefix: &str, texts: &mut Texts) {
    let entries = fs::read_dir(folder).expect("a folder of the app");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry of it").path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), texts);
        } else if FileKind::of_path(&name) == Some(FileKind::Python) {
            texts.push((format!("{prefix}{name}"), fs::read_to_string(&path).expect("a text")));
        }
    }
}
