//! Live execution of deployment nets: step machine, journal, resources, recovery.
