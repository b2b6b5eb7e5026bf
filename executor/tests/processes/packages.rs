//! A package is installed and removed again, where somebody asks for it: `PN_TEST_APT=hello`, as
//! root, on a host with apt, names a package that may come and go.

use crate::rollback::roll_back;
use crate::support::{draft, with};
use crate::trials;
use crate::world::World;
use libtest_mimic::Trial;
use pn_deployment::Outcome;
use pn_executor::machine::EndState;
use pn_executor::rollback::Manner;

pub(crate) fn tests() -> Vec<Trial> {
    let asked = std::env::var_os("PN_TEST_APT").is_some();
    let tests =
        trials(&[("a_package_comes_and_goes", comes_and_goes), ("a_package_is_rolled_back", rolled_back)]);
    tests.into_iter().map(|test| test.with_ignored_flag(!asked)).collect()
}

fn comes_and_goes() {
    let name = std::env::var("PN_TEST_APT").unwrap();
    let package = |state: &str| with("package", &[("name", &name), ("state", state)]);
    let world = World::new();
    let deployment = draft("a(1)\nput: a -> b\nagain: b -> c\nremove: c -> d")
        .action("put", package("installed"))
        .action("again", package("installed"))
        .action("remove", package("absent"))
        .goal("d", 1)
        .expanded();
    let ran = world.run(&deployment);
    assert_eq!(ran.report.state, EndState::Complete);
    let result = |action: &str| ran.reports(&deployment, action)[0].result;
    assert_eq!(["put", "again", "remove"].map(result), [Outcome::Ok, Outcome::Same, Outcome::Ok]);
}

fn rolled_back() {
    let name = std::env::var("PN_TEST_APT").unwrap();
    let package = |state: &str| with("package", &[("name", &name), ("state", state)]);
    let one = |state: &str| draft("a(1)\nx: a -> b").action("x", package(state)).goal("b", 1).expanded();
    let found = |state: &str| {
        let world = World::new();
        world.run(&one(state)).reports(&one(state), "x")[0].result
    };
    // From absent to installed and back, then from installed to absent and back.
    for (first, then) in [("absent", "installed"), ("installed", "absent")] {
        found(first);
        let (world, deployment) = (World::new(), one(then));
        let ran = world.run(&deployment);
        assert_eq!(ran.reports(&deployment, "x")[0].result, Outcome::Ok);
        let rolled = roll_back(&world, &deployment, &ran.report.journal, Manner::Respectful);
        assert_eq!(rolled.state, EndState::Complete);
        assert_eq!(found(first), Outcome::Same, "it is {first} again");
    }
}
