//! What cargo and git know of the workspace.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, Package, PackageId};

/// A package of the workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Folder, relative to the root, with `/`.
    pub(crate) dir: String,
    pub(crate) published: bool,
    pub(crate) is_library: bool,
    /// The features of its manifest but the default one, in alphabetical order.
    pub(crate) features: Vec<String>,
    pub(crate) dependencies: Vec<Dependency>,
    /// Every package that its normal and build dependencies bring in, with all features.
    pub(crate) tree: BTreeSet<String>,
}

/// A dependency as the manifest states it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) development: bool,
    /// It is another package of the workspace.
    pub(crate) internal: bool,
    pub(crate) has_version: bool,
}

impl Member {
    /// A crate without I/O, clock and runtime.
    pub(crate) fn is_pure(&self) -> bool {
        self.is_protocol() || self.name == "evse-sharing"
    }

    /// The crate whose features are the families of chargers: each combination of them is somebody's.
    pub(crate) fn is_facade(&self) -> bool {
        self.name == "evse"
    }

    /// A crate with the layers frame, message and session.
    pub(crate) fn is_protocol(&self) -> bool {
        self.name.ends_with("-proto") || self.name == "emproto"
    }
}

/// The workspace's top folder.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The workspace and all that it depends on, with all features.
pub(crate) fn metadata() -> Result<Metadata> {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked".to_owned()])
        .exec()
        .context("cannot read the workspace")
}

/// The packages of the workspace by name.
pub(crate) fn members() -> Result<Vec<Member>> {
    let metadata = metadata()?;
    let mut members: Vec<Member> = metadata
        .workspace_packages()
        .into_iter()
        .map(|package| member(package, &metadata))
        .collect();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}

/// The files of the workspace that are, or could be, committed; relative to the root, with `/`.
pub(crate) fn files() -> Result<Vec<String>> {
    let root = root();
    let listed = Command::new("git")
        .current_dir(&root)
        .args(["-c", "safe.directory=*", "ls-files", "-z"])
        .args(["--cached", "--others", "--exclude-standard"])
        .output();
    let mut files = match listed {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout)?
            .split_terminator('\0')
            .filter(|path| root.join(path).is_file())
            .map(str::to_owned)
            .collect(),
        _ => walk(&root)?, // a source archive, or no git
    };
    files.sort();
    files.dedup();
    Ok(files)
}

fn member(package: &Package, metadata: &Metadata) -> Member {
    let is_member = |name: &str| {
        let members = metadata.workspace_packages();
        members.iter().any(|member| member.name.as_str() == name)
    };
    let dependencies = package.dependencies.iter().map(|dependency| Dependency {
        name: dependency.name.clone(),
        development: dependency.kind == DependencyKind::Development,
        internal: dependency.path.is_some() && is_member(&dependency.name),
        has_version: !dependency.req.comparators.is_empty(),
    });
    let features = package.features.keys().filter(|name| *name != "default");
    let dir = package.manifest_path.parent().map(|dir| {
        let inside = dir.strip_prefix(&metadata.workspace_root).unwrap_or(dir);
        inside.as_str().replace('\\', "/")
    });
    Member {
        name: package.name.to_string(),
        dir: dir.unwrap_or_default(),
        published: package.publish.as_ref().is_none_or(|to| !to.is_empty()),
        is_library: package.targets.iter().any(cargo_metadata::Target::is_lib),
        features: features.cloned().collect(),
        dependencies: dependencies.collect(),
        tree: tree(&package.id, metadata),
    }
}

fn tree(package: &PackageId, metadata: &Metadata) -> BTreeSet<String> {
    let mut seen = BTreeSet::from([package]);
    let mut names = BTreeSet::new();
    let mut open = vec![package];
    while let Some(id) = open.pop() {
        let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        let node = nodes.into_iter().find(|node| node.id == *id);
        let shipped = |kind: DependencyKind| kind != DependencyKind::Development;
        for dependency in node.iter().flat_map(|node| &node.deps) {
            let needed = dependency.dep_kinds.iter().any(|info| shipped(info.kind));
            if needed && seen.insert(&dependency.pkg) {
                open.push(&dependency.pkg);
                let found = metadata.packages.iter().find(|p| p.id == dependency.pkg);
                names.extend(found.map(|package| package.name.to_string()));
            }
        }
    }
    names
}

fn walk(root: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in dir.read_dir()? {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            if entry.file_type()?.is_file() {
                let inside = path.strip_prefix(root)?.to_string_lossy();
                files.push(inside.replace('\\', "/"));
            } else if name != "target" && name != ".git" {
                open.push(path);
            }
        }
    }
    Ok(files)
}
