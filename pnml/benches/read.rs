//! How fast PNML is read, with the net built from it.
//!
//! `PN_CORPUS` names a folder of contest instances; its three largest P/T files are read too.

use divan::Bencher;
use divan::counter::BytesCount;
use pn_net::NetBuilder;
use pn_pnml::{Document, read, write};
use std::path::PathBuf;

/// The allocator of `pn`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[expect(clippy::print_stdout, reason = "a benchmark says what it leaves out")]
fn main() {
    if largest().is_empty() {
        println!("PN_CORPUS is not set: only generated nets are read");
    }
    divan::main();
}

/// A ring of cells, each handing a token on in two steps, with a weight here and there.
fn ring(cells: usize) -> Vec<u8> {
    let mut builder = NetBuilder::new("ring");
    let mut places = Vec::new();
    for cell in 0..cells {
        let tokens = u64::from(cell % 10 == 0);
        let full = builder.place(&format!("Cell{cell}.full"), None, tokens).expect("names differ");
        let empty = builder.place(&format!("Cell{cell}.empty"), None, 1 - tokens).expect("names differ");
        places.push((full, empty));
    }
    for cell in 0..cells {
        let ((full, empty), (next_full, next_empty)) = (places[cell], places[(cell + 1) % cells]);
        let hand_on = builder.transition(&format!("Cell{cell}.hand_on"), None).expect("names differ");
        let weight = 1 + u64::from(cell % 7 == 0);
        for (place, weight) in [(full, weight), (next_empty, 1)] {
            builder.input(place, hand_on, weight).expect("the weight is small");
        }
        for (place, weight) in [(empty, 1), (next_full, weight)] {
            builder.output(hand_on, place, weight).expect("the weight is small");
        }
    }
    let net = builder.build().expect("the net is small");
    write(&Document::from_net(&net).expect("names are XML names")).into_bytes()
}

fn largest() -> Vec<PathBuf> {
    let Some(corpus) = std::env::var_os("PN_CORPUS") else { return Vec::new() };
    let entries = std::fs::read_dir(corpus).into_iter().flatten().flatten();
    let ordinary = entries.filter(|entry| entry.file_name().to_string_lossy().contains("-PT-"));
    let mut models: Vec<_> = ordinary
        .map(|entry| entry.path().join("model.pnml"))
        .filter_map(|path| Some((path.metadata().ok()?.len(), path)))
        .collect();
    models.sort();
    models.into_iter().rev().take(3).map(|(_, path)| path).collect()
}

fn measure(bencher: Bencher, bytes: &[u8]) {
    bencher.counter(BytesCount::of_slice(bytes)).bench(|| {
        let document = read(bytes).document.expect("the file is sound");
        document.net().expect("the document is a net")
    });
}

#[divan::bench(args = [1_000, 30_000])]
fn generated(bencher: Bencher, cells: usize) {
    measure(bencher, &ring(cells));
}

#[divan::bench(args = largest().iter().map(|path| path.display().to_string()).collect::<Vec<_>>())]
fn contest(bencher: Bencher, path: &str) {
    measure(bencher, &std::fs::read(path).expect("the model can be read"));
}

#[divan::bench(args = [30_000])]
fn writing(bencher: Bencher, cells: usize) {
    let bytes = ring(cells);
    let document = read(&bytes).document.expect("the file is sound");
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| write(&document));
}
