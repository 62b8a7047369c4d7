//! The clusters that a command works on: one, or all of a fleet.

use std::path::PathBuf;

use client::{Client, Error};
use futures::future::join_all;

use crate::failure::{Failure, chain, say};
use crate::kubeconfig::{self, Contexts};

/// Where Flux lives unless somebody moved it.
const FLUX_NAMESPACE: &str = "flux-system";

/// Which clusters
#[derive(clap::Args)]
pub(crate) struct Select {
    /// The kubeconfig; with a fleet's, the command is for all of its clusters
    #[arg(long, global = true, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "cluster")]
    context: Option<String>,
    /// The cluster, a context of the kubeconfig; may be given several times
    #[arg(long, global = true, value_name = "NAME")]
    cluster: Vec<String>,
    /// The namespace; else that of the fleet's Kustomizations, or flux-system
    #[arg(short, long, global = true, value_name = "NAME")]
    namespace: Option<String>,
}

/// A cluster.
#[derive(Clone)]
pub(crate) struct Member {
    /// The name of its context.
    pub(crate) name: String,
    /// How to reach it.
    pub(crate) client: Client,
    /// The namespace to look into.
    pub(crate) namespace: String,
}

/// Clusters.
pub(crate) struct Members {
    /// The clusters that there is a way to.
    pub(crate) members: Vec<Member>,
    /// Whether results say which cluster they are of.
    pub(crate) shows_cluster: bool,
    /// Whether a cluster was left out, which has been said.
    is_partial: bool,
}

impl Select {
    /// The kubeconfig files, as kubectl finds them.
    fn files(&self) -> Vec<PathBuf> {
        if let Some(file) = &self.kubeconfig {
            return vec![file.clone()];
        }
        match std::env::var_os("KUBECONFIG").filter(|list| !list.is_empty()) {
            Some(list) => std::env::split_paths(&list).collect(),
            None => {
                std::env::home_dir().map(|home| home.join(".kube/config")).into_iter().collect()
            }
        }
    }

    /// Connects to the clusters. One that there is no way to is said, and left out.
    pub(crate) async fn connect(&self) -> Result<Members, Failure> {
        let files = self.files();
        if let Some(file) = &self.kubeconfig
            && !file.exists()
        {
            let file = file.display();
            return Err(Failure::Usage(format!("there is no kubeconfig {file}")));
        }
        let contexts = kubeconfig::read(&files)?;
        let chosen = self.choose(&contexts)?;
        let shows_cluster = chosen.len() > 1 || !self.cluster.is_empty() || contexts.is_fleet();
        // Several files are kube's to merge.
        let file = match files.as_slice() {
            [only] if only.exists() => Some(only.clone()),
            _ => None,
        };
        let connect = |name: Option<String>| {
            let (file, contexts) = (file.clone(), &contexts);
            async move {
                let client = Client::from_kubeconfig(file.as_deref(), name.as_deref()).await;
                let client = client.map_err(|error| Failure::Usage(chain(&error)))?;
                let context = name.as_deref().and_then(|name| contexts.find(name));
                let fleet = context.and_then(|context| context.fleet.clone());
                let namespace = self.namespace.clone().or(fleet.filter(|name| !name.is_empty()));
                Ok(Member {
                    name: name.unwrap_or_default(),
                    client,
                    namespace: namespace.unwrap_or_else(|| FLUX_NAMESPACE.to_owned()),
                })
            }
        };
        let members: Result<Vec<Member>, Failure> =
            join_all(chosen.into_iter().map(connect)).await.into_iter().collect();
        Ok(Members { members: members?, shows_cluster, is_partial: false })
    }

    /// The contexts to use; `None` for what there is without any.
    fn choose(&self, contexts: &Contexts) -> Result<Vec<Option<String>>, Failure> {
        let named = self.context.iter().chain(&self.cluster);
        let mut chosen: Vec<Option<String>> = Vec::new();
        for name in named {
            if contexts.find(name).is_none() {
                let names = contexts.contexts.iter().map(|context| context.name.as_str());
                let help = manifest::diagnostic::did_you_mean(name, names)
                    .map_or_else(String::new, |help| format!("; {help}"));
                let cause = format!("the kubeconfig has no context `{name}`{help}");
                return Err(Failure::Usage(cause));
            }
            if !chosen.contains(&Some(name.clone())) {
                chosen.push(Some(name.clone()));
            }
        }
        if chosen.is_empty() && contexts.is_fleet() {
            let fleet = contexts.contexts.iter().filter(|context| context.fleet.is_some());
            chosen.extend(fleet.map(|context| Some(context.name.clone())));
        }
        if chosen.is_empty() {
            chosen.push(contexts.current.clone());
        }
        Ok(chosen)
    }
}

impl Members {
    /// One cluster; `shows_cluster` says whether messages name it.
    pub(crate) fn only(member: Member, shows_cluster: bool) -> Members {
        Members { members: vec![member], shows_cluster, is_partial: false }
    }

    /// Asks all clusters at once. One that does not answer is said, and left out.
    pub(crate) async fn ask<T, F, A>(&mut self, ask: A) -> Vec<(Member, T)>
    where
        A: Fn(Member) -> F,
        F: Future<Output = Result<T, Error>>,
    {
        let members = self.members.clone();
        let answers = join_all(members.iter().cloned().map(ask)).await;
        let mut all = Vec::new();
        for (member, answer) in members.into_iter().zip(answers) {
            match answer {
                Ok(answer) => all.push((member, answer)),
                Err(error) => {
                    self.is_partial = true;
                    say(&format!("error: {}{}", self.prefix(&member), chain(&error)));
                }
            }
        }
        all
    }

    /// `north: ` where results say which cluster they are of.
    pub(crate) fn prefix(&self, member: &Member) -> String {
        if self.shows_cluster { format!("{}: ", member.name) } else { String::new() }
    }

    /// The outcome of a command that did `done` with all that answered.
    ///
    /// # Errors
    /// Some did not answer.
    pub(crate) fn end(&self, done: Result<(), Failure>) -> Result<(), Failure> {
        match done {
            Ok(()) | Err(Failure::Findings | Failure::NotReady(_)) if self.is_partial => {
                if let Err(failure) = done {
                    failure.report();
                }
                Err(Failure::Unreachable("not all clusters answered".to_owned()))
            }
            done => done,
        }
    }
}

#[cfg(test)]
mod tests;
