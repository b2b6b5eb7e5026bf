//! Project tasks: ci, tidy, bench, pictures.

fn main() {}
