//! Every example answers its default questions as `README.md` says, by the engines and by brute
//! force.

use pn_deployment::{Deployment, Faults, QuestionKind, default_questions, expand, resolve};
use pn_engines::Run;
use pn_logic::{Evidence, Property, Verdict};
use pn_net::Net;
use pn_testkit::oracle;
use pn_verify::{Checker, SHORTEST, verify};

/// More markings than the largest example has.
const LIMIT: usize = 10_000;

/// The example as drawn.
fn drawn(name: &str) -> Deployment {
    let bytes = std::fs::read(pn_examples::path(name)).expect("the example is there");
    let reading = pn_pnml::read(&bytes);
    assert!(reading.diagnostics.is_empty(), "{name}: {:?}", reading.diagnostics);
    let document = reading.document.expect("the example is a net");
    let net = document.net().expect("the example is a small net");
    let (annotation, transitions) = document.annotations();
    resolve(net, &annotation, &transitions).expect("the annotations are in order")
}

/// What a default question is answered, in words; `holds` for all that hold and bounds up to 1
/// are left out.
fn findings(name: &str) -> Vec<String> {
    let deployment = expand(&drawn(name), Faults::None).deployment;
    let net = &deployment.net;
    let space = oracle::explore(net, LIMIT).expect("the example is small");
    let questions = default_questions(&deployment);
    let properties: Vec<_> = questions.iter().map(|question| question.property.clone()).collect();
    let mut checker = Checker::new(net, LIMIT as u64);
    let answers = verify(net, &properties, SHORTEST, &mut checker, &mut Run::unlimited());
    let mut findings = Vec::new();
    for (question, checked) in questions.iter().zip(answers) {
        let answer = checked.answer;
        assert_eq!(answer.verdict, space.verdict(&question.property), "{name}: {:?}", question.kind);
        let what = match question.kind {
            QuestionKind::Stuck => "never stuck".to_owned(),
            QuestionKind::Finish => "can always finish".to_owned(),
            QuestionKind::Bound(place) => format!("bound of {}", net.place_name(place)),
            QuestionKind::Fires(transition) => format!("{} can fire", net.transition_name(transition)),
            QuestionKind::Invariant(index) => deployment.invariants[index].name.clone(),
        };
        match answer.verdict {
            Verdict::Holds | Verdict::Bounded(0..=1) => {}
            Verdict::Bounded(bound) => findings.push(format!("{what}: {bound}")),
            Verdict::Fails => findings.push(format!("{what}: fails{}", run(net, &answer.evidence))),
            other => findings.push(format!("{what}: {other:?}")),
        }
    }
    findings
}

fn run(net: &Net, evidence: &Evidence) -> String {
    match evidence {
        Evidence::Run(trace)
        | Evidence::RunAndExhaustion(trace, _)
        | Evidence::RunAndRefutation(trace, _) => {
            let names = trace.firings.iter().map(|transition| net.transition_name(*transition));
            format!(" after {}", names.collect::<Vec<_>>().join(", "))
        }
        _ => String::new(),
    }
}

#[test]
fn every_file_in_the_folder_is_an_example() {
    let folder = pn_examples::path("rollout");
    let entries = std::fs::read_dir(folder.parent().unwrap()).unwrap();
    let stem = |path: std::path::PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    let mut names: Vec<String> = entries.map(|entry| stem(entry.unwrap().path())).collect();
    names.sort();
    assert_eq!(names, pn_examples::NETS);
}

#[test]
fn the_rollout_keeps_every_promise() {
    // Two repetitions of each health check are the only tokens that lie together.
    let attempts = |part| ["web1", "web2", "web3"].map(|host| format!("bound of {host}.check.{part}: 2"));
    let mut expected: Vec<String> = attempts("tries").into_iter().chain(attempts("spent")).collect();
    let mut found = findings("rollout");
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn the_rollout_has_as_many_markings_as_its_description_says() {
    let deployment = expand(&drawn("rollout"), Faults::None).deployment;
    let space = oracle::explore(&deployment.net, LIMIT).unwrap();
    assert_eq!((space.markings().len(), space.edge_count()), (7353, 29425));
}

#[test]
fn the_web_server_keeps_every_promise() {
    // The gate is asked five times at most.
    let bounds = ["tries", "spent"].map(|part| format!("bound of answer.await.{part}: 4"));
    assert_eq!(findings("web-server"), bounds);
}

#[test]
fn opposite_locks_block_each_other_after_two_steps() {
    let steps = "migrate.lock-database, rollout.lock-balancer";
    let expected =
        [format!("never stuck: fails after {steps}"), format!("can always finish: fails after {steps}")];
    assert_eq!(findings("opposite-locks"), expected);
}

#[test]
fn contracting_the_schema_too_early_is_a_point_of_no_return() {
    let run =
        "green.deploy, green.deploy.same, schema.contract, schema.contract.same, green.verify, green.fails";
    let mut expected = vec![format!("can always finish: fails after {run}")];
    for part in
        ["", ".same", ".differs", ".ok", ".fails", ".check-fails", ".interrupted", ".check-interrupted"]
    {
        expected.push(format!("green.remove{part} can fire: fails"));
    }
    assert_eq!(findings("blue-green"), expected);
}

#[test]
fn contracting_the_schema_last_keeps_every_promise() {
    assert!(findings("blue-green-gated").is_empty());
}

#[test]
fn the_chain_and_the_files_keep_every_promise_and_come_back_from_any_drift() {
    let sizes = [("exec-chain", 65, 6_561), ("four-files", 629, 59_049)];
    for (name, undisturbed, drifting) in sizes {
        assert!(findings(name).is_empty());
        let markings = |faults| {
            let deployment = expand(&drawn(name), faults).deployment;
            let (space, goal) = (oracle::explore(&deployment.net, 60_000).unwrap(), deployment.goal.unwrap());
            let back = Property::InevitablyBackTo { goal, unless: deployment.failure };
            assert_eq!(space.verdict(&back), Verdict::Holds, "{name}, {faults:?}");
            space.markings().len()
        };
        assert_eq!((markings(Faults::None), markings(Faults::Any)), (undisturbed, drifting), "{name}");
    }
}

#[test]
fn the_philosophers_starve_with_one_fork_each() {
    let run: Vec<String> = (1..=5).map(|number| format!("take-left{number}")).collect();
    assert_eq!(findings("philosophers"), [format!("never stuck: fails after {}", run.join(", "))]);
}

#[test]
fn the_lock_excludes() {
    assert!(findings("mutex").is_empty());
}

#[test]
fn the_buffer_holds_three_items() {
    assert_eq!(findings("producer-consumer"), ["bound of buffer.full: 3", "bound of buffer.empty: 3"]);
}
