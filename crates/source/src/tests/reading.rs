//! What is read of a folder.

use std::process::Command;

use gix::objs::tree::EntryKind;
use manifest::{Content, Lookup};

use super::*;

const TWO: &str = "
    //- apps/web.yaml
    web
    //- notes/readme.md
    read me
    ";

#[test]
fn a_branch_has_what_was_committed() {
    let scratch = Scratch::repository(TWO);
    scratch.write("apps/web.yaml", "changed\n");
    let repository = scratch.branch("main");
    check(&repository, "apps/web.yaml: web\nnotes/readme.md: read me\n");
    let before = repository.head().unwrap();
    let now = scratch.commit();
    assert_ne!(before, now);
    assert_eq!(repository.head().unwrap(), now);
    assert!(now.as_str().starts_with("main@sha1:") && now.hash().len() == 40, "{now}");
    check(&repository, "apps/web.yaml: changed\nnotes/readme.md: read me\n");
    let older = Artifact {
        tree: repository.tree(&before).unwrap(),
        revision: before,
        packed: None,
        metadata: Default::default(),
        verified: None,
    };
    check_eq(&show(&older), "apps/web.yaml: web\nnotes/readme.md: read me\n");
}

#[test]
fn what_did_not_change_is_shared() {
    let address = |artifact: &Artifact, path| match artifact.tree.lookup(path) {
        Lookup::Found(Entry::File(content)) => Content::bytes(content).as_ptr(),
        other => panic!("{other:?}"),
    };
    let scratch = Scratch::repository(TWO);
    for repository in [scratch.branch("main"), scratch.worktree()] {
        let before = repository.latest().unwrap();
        scratch.write("apps/web.yaml", &format!("{}\n", before.revision));
        scratch.commit();
        let now = repository.latest().unwrap();
        assert_ne!(before.revision, now.revision);
        assert_eq!(address(&before, "notes/readme.md"), address(&now, "notes/readme.md"));
        assert_ne!(address(&before, "apps/web.yaml"), address(&now, "apps/web.yaml"));
    }
}

#[test]
fn one_revision_is_one_tree() {
    let scratch = Scratch::repository(TWO);
    let repository = scratch.branch("main");
    let (a, b) = (repository.latest().unwrap(), repository.latest().unwrap());
    assert!(std::sync::Arc::ptr_eq(&a.tree, &b.tree));
}

#[test]
fn a_folder_has_its_files_as_they_are() {
    let scratch = Scratch::repository(
        "
        //- .gitignore
        *.tmp
        /built/
        //- web.yaml
        web
        ",
    );
    scratch.write("built/out.yaml", "out");
    scratch.write("web.yaml.tmp", "temporary");
    scratch.write("new.yaml", "new");
    scratch.write(".hidden.yaml", "hidden");
    let repository = scratch.worktree();
    let expected =
        ".gitignore: *.tmp\n/built/\n.hidden.yaml: hidden\nnew.yaml: new\nweb.yaml: web\n";
    check(&repository, expected);
    let before = repository.head().unwrap();
    assert!(before.as_str().starts_with("worktree@sha256:"), "{before}");
    scratch.write("web.yaml.tmp", "ignored");
    assert_eq!(repository.head().unwrap(), before);
    scratch.write("new.yaml", "newer");
    assert_ne!(repository.head().unwrap(), before);
    scratch.write("new.yaml", "new");
    assert_eq!(repository.head().unwrap(), before);
}

#[test]
fn what_is_committed_counts_though_it_is_ignored() {
    let scratch = Scratch::repository("//- kept.tmp\nkept");
    scratch.write(".gitignore", "*.tmp\n");
    scratch.write("other.tmp", "other");
    check(&scratch.worktree(), ".gitignore: *.tmp\nkept.tmp: kept\n");
}

#[test]
fn a_folder_needs_no_git() {
    let scratch = Scratch::new(TWO);
    check(&scratch.worktree(), "apps/web.yaml: web\nnotes/readme.md: read me\n");
    assert_eq!(branch(&scratch.path).unwrap(), None);
    assert!(scratch.worktree().remotes().is_empty());
}

#[test]
fn part_of_a_repository() {
    let scratch = Scratch::repository(TWO);
    for mode in [Mode::Branch("main".to_owned()), Mode::Worktree] {
        let repository = Repository::open(&scratch.at("apps"), mode).unwrap();
        check(&repository, "web.yaml: web\n");
    }
}

#[test]
fn packed_refs_and_names_with_slashes() {
    let scratch = Scratch::repository(TWO);
    let head = scratch.branch("main").head().unwrap();
    let packed =
        format!("# pack-refs with: peeled fully-peeled sorted\n{0} refs/heads/main\n", head.hash());
    scratch.write(".git/packed-refs", &packed);
    fs::remove_file(scratch.at(".git/refs/heads/main")).unwrap();
    assert_eq!(scratch.branch("main").head().unwrap(), head);
    move_branch(&scratch.at(".git"), "feature/x", head.hash());
    let of_feature = scratch.branch("feature/x").head().unwrap();
    assert_eq!(of_feature.as_str(), format!("feature/x@sha1:{}", head.hash()));
    assert_eq!(branch(&scratch.path).unwrap().as_deref(), Some("main"));
}

#[test]
fn a_worktree_of_a_repository_and_a_bare_one() {
    let scratch = Scratch::repository(TWO);
    let head = scratch.branch("main").head().unwrap();
    let beside = Scratch::new("");
    let own = scratch.at(".git/worktrees/beside");
    move_branch(&scratch.at(".git"), "topic", head.hash());
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("HEAD"), "ref: refs/heads/topic\n").unwrap();
    fs::write(own.join("commondir"), "../..\n").unwrap();
    fs::write(own.join("gitdir"), format!("{}\n", beside.at(".git").display())).unwrap();
    beside.write(".git", &format!("gitdir: {}\n", own.display()));
    assert_eq!(branch(&beside.path).unwrap().as_deref(), Some("topic"));
    check(&beside.branch("topic"), "apps/web.yaml: web\nnotes/readme.md: read me\n");

    let git = scratch.at(".git");
    let config = fs::read_to_string(git.join("config")).unwrap();
    fs::write(git.join("config"), config.replace("bare = false", "bare = true")).unwrap();
    let bare = Repository::open(&git, Mode::Branch("main".to_owned())).unwrap();
    check(&bare, "apps/web.yaml: web\nnotes/readme.md: read me\n");
}

#[test]
fn links_and_submodules() {
    let scratch = Scratch::repository("//- web.yaml\nweb");
    let repository = gix::open(&scratch.path).unwrap();
    let commit = repository.head_commit().unwrap();
    let mut editor = repository.edit_tree(commit.tree_id().unwrap()).unwrap();
    editor.upsert("theirs", EntryKind::Commit, commit.id).unwrap();
    let target = repository.write_blob("../web.yaml").unwrap();
    editor.upsert("apps/link", EntryKind::Link, target.detach()).unwrap();
    let tree = editor.write().unwrap().detach();
    let parent = commit.id;
    let mut buffer = gix::date::parse::TimeBuf::default();
    let author = gix::actor::Signature {
        name: "Ada".into(),
        email: "ada@example.org".into(),
        time: gix::date::Time::new(0, 0),
    };
    let author = author.to_ref(&mut buffer);
    repository.commit_as(author, author, "refs/heads/main", "more", tree, [parent]).unwrap();
    check(
        &scratch.branch("main"),
        "apps/link -> ../web.yaml\n\
         theirs: (it is a submodule, and submodules are not fetched)\n\
         web.yaml: web\n",
    );
}

#[test]
fn remotes_are_as_they_are_written() {
    let scratch = Scratch::repository(TWO);
    let config = fs::read_to_string(scratch.at(".git/config")).unwrap();
    let remote = "[remote \"origin\"]\n\turl = git@example.org:fleet/fleet.git\n";
    scratch.write(".git/config", &format!("{config}{remote}"));
    for repository in [scratch.branch("main"), scratch.worktree()] {
        assert_eq!(repository.remotes(), ["git@example.org:fleet/fleet.git"]);
    }
}

/// Where `git` is installed, it has nothing to say about what was made.
#[test]
fn git_is_content_with_what_was_made() {
    let scratch = Scratch::repository(TWO);
    scratch.write("more/web.yaml", "more");
    scratch.commit();
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(&scratch.path).args(arguments).output();
        output.ok().map(|output| {
            let (out, error) = (output.stdout, output.stderr);
            format!("{}{}", String::from_utf8_lossy(&out), String::from_utf8_lossy(&error))
        })
    };
    let Some(status) = git(&["status", "--short", "--branch"]) else { return };
    check_eq(&status, "## main\n");
    check_eq(&git(&["fsck", "--no-progress"]).unwrap(), "");
    check_eq(
        &git(&["log", "--format=%an %ae %s"]).unwrap(),
        "Ada ada@example.org next\nAda ada@example.org first\n",
    );
}
