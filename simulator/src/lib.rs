//! Seeded random simulation of nets.
