//! Example nets and walk-throughs.
