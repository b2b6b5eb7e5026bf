//! Which hosts of a deployment are this one, and how resources here are looked at.

use crate::interrupt::Interrupt;
use crate::over_ssh::OverSsh;
use pn_deployment::Deployment;
use pn_executor::{Hosts, SurveyConfig};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Which hosts are this one, from the command line.
#[derive(clap::Args, Clone, Default, Debug)]
pub(crate) struct LocalHosts {
    /// Take the actions of all hosts to be on this one
    #[arg(long, conflicts_with = "local")]
    all_local: bool,
    /// Hosts of the deployment that are this one, separated by commas
    #[arg(long, value_name = "HOSTS", value_delimiter = ',')]
    local: Vec<String>,
    #[command(flatten)]
    over_ssh: OverSsh,
}

impl LocalHosts {
    pub(crate) fn hosts(&self) -> Hosts {
        match self.all_local {
            true => Hosts::AllLocal,
            false => self.over_ssh.hosts(&self.local),
        }
    }

    /// How the resources of a deployment are looked at. Ctrl-C ends it early.
    pub(crate) fn survey<'a>(
        &self,
        deployment: &'a Deployment,
        parameters: &BTreeMap<String, String>,
        interrupt: &Interrupt,
    ) -> SurveyConfig<'a> {
        SurveyConfig {
            deployment,
            parameters: pn_executor::with_defaults(deployment, parameters),
            values: BTreeMap::new(),
            environment: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
            hosts: self.hosts(),
            run: String::new(),
            runs: PathBuf::new(),
            cancel: interrupt.flag(),
        }
    }
}
