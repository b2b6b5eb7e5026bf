//! What random nets promise.

use pn_testkit::{oracle, random_net, random_property, random_safe_net};

#[test]
fn the_same_seed_gives_the_same_net() {
    assert_eq!(random_net(7), random_net(7));
    assert_ne!(random_net(7), random_net(8));
    assert_eq!(random_safe_net(7), random_safe_net(7));
    assert_eq!(random_property(&random_net(7), 3), random_property(&random_net(7), 3));
}

#[test]
fn random_nets_are_varied() {
    let (mut bounded, mut stuck, mut large, mut idle) = (0, 0, 0, 0);
    for seed in 0..1000 {
        let Some(space) = oracle::explore(&random_net(seed), 2000) else { continue };
        bounded += 1;
        stuck += u32::from(!space.dead_markings().is_empty());
        large += u32::from(space.markings().len() >= 20);
        idle += u32::from(space.markings().len() == 1);
    }
    let shape = format!("{bounded} bounded, {stuck} with a dead marking, {large} large, {idle} idle");
    assert!((500..=950).contains(&bounded), "{shape}");
    assert!((200..bounded).contains(&stuck), "{shape}");
    assert!(large >= 100 && idle <= 400, "{shape}");
}

#[test]
fn safe_nets_are_one_safe_and_sometimes_deadlock() {
    let (mut live, mut stuck) = (0, 0);
    for seed in 0..500 {
        let space = oracle::explore(&random_safe_net(seed), 256).expect("at most 4^4 markings");
        assert!(space.markings().iter().all(|m| m.counts().iter().all(|n| *n <= 1)), "seed {seed}");
        if space.dead_markings().is_empty() { live += 1 } else { stuck += 1 }
    }
    assert!(live > 50 && stuck > 50, "{live} without, {stuck} with a dead marking");
}
