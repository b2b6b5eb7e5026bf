//! Engines that decide properties of nets, behind one trait.
