//! Sizes before and after, and the time that it takes.
//!
//! Nets of our own always; with `PN_CORPUS` set to a folder of contest instances, those too.
//! Arguments choose nets by a part of their name. For each net: once asked for dead markings, and
//! once for one place, the first with a consumer; the transitions that exclusive places show never to
//! fire are told.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use pn_net::{Net, NetBuilder};
use pn_reduce::{Interest, Question, reduce};
use pn_structure::{Concurrency, Effort, WEIGHTINGS, one_safe};
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

/// No reduction goes on for longer.
const LONGEST: Duration = Duration::from_secs(60);

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str()));
    println!(
        "{:<38}{:>9}{:>9}{:>9}{:>9}{:>10}{:>10}{:>9}{:>10}{:>10}{:>9}",
        "net", "places", "trans.", "never", "seconds", "dead: p", "t", "seconds", "place: p", "t", "seconds"
    );
    for (name, net) in [("workshop 1000", workshop(1_000)), ("workshop 20000", workshop(20_000))] {
        if is_wanted(name) {
            measure(name, &net);
        }
    }
    let Ok(corpus) = std::env::var("PN_CORPUS") else {
        println!("contest instances skipped: PN_CORPUS is not set");
        return;
    };
    let folders = std::fs::read_dir(&corpus).expect("PN_CORPUS is a folder");
    let mut names: Vec<String> =
        folders.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    for name in names.iter().filter(|name| is_wanted(name)) {
        if let Some(net) = load(&Path::new(&corpus).join(name).join("model.pnml")) {
            measure(name, &net);
        }
    }
}

fn load(path: &Path) -> Option<Net> {
    let bytes = std::fs::read(path).ok()?;
    pn_pnml::read(&bytes).document?.net().ok()
}

fn measure(name: &str, net: &Net) {
    let mut dead = Interest::none(net);
    dead.question(Question::Deadlock);
    let mut place = Interest::none(net);
    place.question(Question::Reachability);
    if let Some(consumed) = net.places().find(|place| net.consumers(*place).len() > 0) {
        place.place(consumed);
    }
    let start = Instant::now();
    let weightings = one_safe(net, WEIGHTINGS);
    let never = match Concurrency::of(net, &weightings, Effort(1 << 28)) {
        Ok(relation) => net.transitions().filter(|t| !relation.may_fire(*t)).collect(),
        Err(_) => Vec::new(),
    };
    let learnt = start.elapsed().as_secs_f64();
    let mut line = format!("{name:<38}{:>9}{:>9}", net.place_count(), net.transition_count());
    write!(line, "{:>9}{learnt:>9.2}", never.len()).expect("a string can be written to");
    for interest in [dead, place] {
        let start = Instant::now();
        let mut go_on = || match start.elapsed() < LONGEST {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        };
        let reduced = reduce(net, &interest, &never, &mut go_on);
        let seconds = start.elapsed().as_secs_f64();
        write!(line, "{:>10}{:>10}{seconds:>9.2}", reduced.net.place_count(), reduced.net.transition_count())
            .expect("a string can be written to");
        if std::env::args().any(|arg| arg == "--rules") {
            println!("{:?}", reduced.applied);
        }
    }
    println!("{line}");
}

/// Benches in a ring, each with five steps, a tool shared with its neighbour and a common store.
fn workshop(benches: usize) -> Net {
    let mut builder = NetBuilder::new("workshop");
    let place = |builder: &mut NetBuilder, name: String, tokens| {
        builder.place(&name, None, tokens).expect("the name is new")
    };
    let store = place(&mut builder, "store".into(), 5);
    let tools: Vec<_> = (0..benches).map(|n| place(&mut builder, format!("tool{n}"), 1)).collect();
    for n in 0..benches {
        let steps: Vec<_> =
            (0..5).map(|step| place(&mut builder, format!("b{n}.{step}"), u64::from(step == 0))).collect();
        for step in 0..5 {
            let t = builder.transition(&format!("t{n}.{step}"), None).expect("the name is new");
            builder.input(steps[step], t, 1).expect("a weight");
            builder.output(t, steps[(step + 1) % 5], 1).expect("a weight");
            let shared = [(1, tools[n]), (2, tools[(n + 1) % benches]), (0, store)];
            for (taken, thing) in shared {
                if step == taken {
                    builder.input(thing, t, 1).expect("a weight");
                }
                if step == 4 {
                    builder.output(t, thing, 1).expect("a weight");
                }
            }
        }
    }
    builder.build().expect("it is small enough")
}
