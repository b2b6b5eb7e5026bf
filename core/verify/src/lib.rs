//! The portfolio, the default questions, evidence and the independent checker.
