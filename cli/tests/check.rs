//! `pn check`.

mod pn;

use expect_test::expect;
use pn::{Bench, locks};

fn certified() -> Bench {
    let bench = Bench::with("net.pnml", &locks());
    bench.output(&["verify", "net.pnml", "--certificate", "net.cert"]);
    bench
}

#[test]
fn a_certificate_just_written_is_accepted() {
    let bench = certified();
    let said = bench.pn(&["check", "net.pnml", "net.cert"]);
    expect![[r#"
        net.cert: 13 claims, 13 accepted (5 replayed, 8 recounted), 0 rejected, 0 too large to recount
    "#]]
    .assert_eq(&said);
    let all = bench.pn(&["check", "net.pnml", "net.cert", "--all"]);
    assert_eq!(all.lines().filter(|line| line.starts_with("  accepted  ")).count(), 13, "{all}");
    assert!(all.ends_with(&said), "{all}");
}

#[test]
fn what_is_too_large_to_recount_stays_open() {
    let said = certified().pn(&["check", "net.pnml", "net.cert", "--recount-limit", "3"]);
    assert!(said.ends_with("exit 3\n"), "{said}");
    assert!(said.contains("too large to recount"), "{said}");
}

#[test]
fn a_forged_run_is_rejected() {
    let bench = certified();
    let forged = std::fs::read_to_string(bench.file("net.cert")).unwrap().replacen("y.lockB", "x.work", 1);
    bench.write("net.cert", &forged);
    let said = bench.pn(&["check", "net.pnml", "net.cert"]);
    assert!(said.ends_with("exit 1\n"), "{said}");
    assert!(said.lines().next().unwrap().starts_with("  rejected  "), "{said}");
}

#[test]
fn a_certificate_of_another_net_is_refused() {
    let bench = certified();
    bench.write("other.pnml", &locks().replace("<text>1</text>", "<text>2</text>"));
    let said = bench.pn(&["check", "other.pnml", "net.cert"]);
    assert!(said.contains("the certificate is about the net with hash"), "{said}");
    assert!(said.ends_with("exit 2\n"), "{said}");
}

#[test]
fn a_file_that_is_no_certificate_is_refused() {
    let bench = certified();
    expect![[r#"
        ! error: net.pnml: this is not a certificate: expected value at line 1 column 1
        ! hint: `pn verify FILE --certificate OUT` writes one
        exit 2
    "#]]
    .assert_eq(&bench.pn(&["check", "net.pnml", "net.pnml"]));
}

#[test]
fn a_trace_is_replayed_and_its_end_named() {
    let bench = certified();
    bench.write("good.trace", "x.lockA\nx.work\n");
    bench.write("dead.trace", "x.lockA\ny.lockB\n");
    bench.write("bad.trace", "x.lockA\nx.lockA\n");
    bench.write("odd.trace", "x.lockA\nx.lockC\n");
    let all = ["good", "dead", "bad", "odd"]
        .map(|name| bench.pn(&["check", "net.pnml", "--trace", &format!("{name}.trace")]));
    expect![[r#"
          accepted  2 firings, replayed; the end is open: something can still happen
                    marked: x.done, y, a, b

          accepted  2 firings, replayed; the end is dead: nothing can happen any more
                    marked: x.a, y.b

          rejected  firing 2 of the trace, `x.lockA`, is not possible: `x` holds 0 of the 1 tokens that it takes
        exit 1

        ! error: odd.trace: line 2: the net has no transition `x.lockC`
        exit 2
    "#]].assert_eq(&all.join("\n"));
}
