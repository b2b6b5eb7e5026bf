//! The command pn.

fn main() {}
