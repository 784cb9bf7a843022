//! What one command may see and do, and the process that holds it to that.

use std::ffi::CString;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Seek;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use rustix::fs::MemfdFlags;

use crate::Ending;
use crate::Error;
use crate::Network;
use crate::Tier;
use crate::cgroup;
use crate::filter;
use crate::mountpoint;
use crate::namespace;
use crate::namespace::Layers;
use crate::namespace::Stage;
use crate::namespace::listener;
use crate::namespace::listener::Listening;
use crate::probe::ProcessLimit;
use crate::view;

/// What one command sees and may do. All paths are absolute.
///
/// The folders of a policy belong to one command at a time: [`Policy::command`] puts them in order
/// for the next mounts, which is only safe while no other command can write in them.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Where the command sees the draft: the project's real path.
    pub project_at: PathBuf,
    /// The bytes it sees there.
    pub draft: PathBuf,
    /// Whether the draft is mounted read-only.
    pub read_only_draft: bool,
    /// The working folder, as the command sees it.
    pub cwd: PathBuf,
    /// The command's whole environment; nothing of this program's own gets through.
    pub env: Vec<(OsString, OsString)>,
    /// The private home.
    pub home: Home,
    /// Shown as `/tmp` and `/var/tmp`.
    pub tmp: PathBuf,
    /// Shown read-only, files or folders.
    pub read_only: Vec<Mount>,
    /// Shown with a private writable layer.
    pub overlays: Vec<Overlay>,
    /// Shown writable.
    pub binds: Vec<Mount>,
    /// What the command can reach.
    pub network: Network,
    /// How much it may use.
    pub limits: Limits,
}

/// A private home folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// Where the command sees it: the person's real home, so that absolute links in tool homes
    /// hold.
    pub at: PathBuf,
    /// The folder shown there. Everything in it is the command's.
    pub dir: PathBuf,
}

/// One path of the machine, shown to the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The file or folder that is shown.
    pub from: PathBuf,
    /// Where the command sees it.
    pub at: PathBuf,
}

/// A folder shown with a private layer that takes all writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// The folder that is shown and never written.
    pub lower: PathBuf,
    /// Takes the writes. Must be on a file system with extended attributes.
    pub upper: PathBuf,
    /// Used by the kernel; on the file system of `upper`, and empty at first.
    pub work: PathBuf,
    /// An empty folder to mount on, before the command's view is put together.
    pub staging: PathBuf,
    /// Where the command sees it.
    pub at: PathBuf,
}

/// How much a command may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Processes and threads at a time.
    pub processes: u64,
    /// The size of one file in bytes.
    pub file_size: u64,
}

/// A command ready to be started.
#[derive(Debug)]
pub struct Confined {
    /// Starts it.
    pub command: Command,
    /// Tells when all of it is gone.
    pub ending: Ending,
    /// With [`Network::Listener`]: brings the listener once the command has been spawned.
    pub listening: Option<Listening>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            processes: 2048,
            file_size: 16 << 30,
        }
    }
}

impl Policy {
    /// Prepares `argv` to run under this policy. Standard input is empty; the caller sets standard
    /// output and error, and spawns it once, from a thread that outlives it.
    ///
    /// # Errors
    ///
    /// See [`Error`]; nothing has run then.
    pub fn command<Word: AsRef<OsStr>>(
        &self,
        tier: &Tier,
        argv: &[Word],
    ) -> Result<Confined, Error> {
        if argv.is_empty() {
            return Err(Error::NoCommand);
        }
        self.check(argv.iter().map(AsRef::as_ref))?;
        if let Some(overlay) = self.overlays.first().filter(|_| !tier.overlay) {
            return Err(Error::NoOverlay {
                path: overlay.at.clone(),
            });
        }
        if self.network == Network::Listener && !tier.own_namespace {
            return Err(Error::NoListener);
        }
        self.prepare_mount_points()?;

        let mut keep = Vec::new();
        let mut kept_in_memory = |what: &'static str, bytes: &[u8]| -> Result<String, Error> {
            let file = in_memory(what, bytes)?;
            let number = file.as_raw_fd().to_string();
            keep.push(file);
            Ok(number)
        };
        let filter = kept_in_memory("the system-call filter", &filter::program()?)?;
        let mut arguments = view::Arguments::default();
        view::isolation(&mut arguments, self, tier);
        arguments.words(["--seccomp", &filter]);
        view::system(&mut arguments);
        for (path, text) in view::account_files(self) {
            let descriptor = kept_in_memory("an account file", text.as_bytes())?;
            arguments.words(["--perms", "0444", "--ro-bind-data", &descriptor, path]);
        }
        view::mounts(&mut arguments, self);
        let info = File::from(in_memory("the command's state", b"")?);
        let tell = info.try_clone().map_err(|source| Error::Memory {
            what: "the command's state",
            source,
        })?;
        arguments.words(["--json-status-fd", &tell.as_raw_fd().to_string()]);
        let list = kept_in_memory("the arguments", &arguments.terminated())?;
        keep.push(tell.into());

        // The environment of this process would stay readable in the sandbox as the one of its
        // first process, so it gets none; the command's own is in the list above.
        let mut command = Command::new(&tier.bwrap);
        command
            .env_clear()
            .args(["--args", &list, "--"])
            .args(argv)
            .current_dir("/")
            .stdin(Stdio::null())
            .process_group(0);
        let mut stage = self.stage(tier, keep)?;
        let listening = if self.network == Network::Listener {
            let (ours, theirs) = listener::pair().map_err(|source| Error::Pair { source })?;
            stage.network = Some(theirs);
            Some(ours)
        } else {
            None
        };
        namespace::enter_before_exec(&mut command, stage);
        Ok(Confined {
            command,
            ending: Ending::new(info),
            listening,
        })
    }

    /// Tries the mount of each layer as [`Policy::command`] will do it.
    ///
    /// Those that cannot be mounted (file systems without extended attributes, folders with
    /// mounts in them) become read-only mounts of the lower folder, and are returned with what the
    /// system said.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] and [`Error::ZeroByte`], when a folder of a layer cannot be used at all.
    pub fn settle_overlays(&mut self, tier: &Tier) -> Result<Vec<(PathBuf, io::Error)>, Error> {
        let mut refused = Vec::new();
        for overlay in std::mem::take(&mut self.overlays) {
            let tried = if tier.overlay {
                let stage = Stage {
                    overlays: vec![overlay.layers()?],
                    processes: None,
                    ..self.stage_without_layers(tier, Vec::new())
                };
                let mut command = Command::new(&tier.bwrap);
                command.env_clear().arg("--version").current_dir("/");
                command
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null());
                namespace::enter_before_exec(&mut command, stage);
                command.status().map(drop)
            } else {
                Err(io::Error::from(io::ErrorKind::Unsupported))
            };
            match tried {
                Ok(()) => self.overlays.push(overlay),
                Err(error) => {
                    refused.push((overlay.at.clone(), error));
                    self.read_only.push(Mount {
                        from: overlay.lower,
                        at: overlay.at,
                    });
                }
            }
        }
        Ok(refused)
    }

    fn stage(&self, tier: &Tier, keep: Vec<OwnedFd>) -> Result<Stage, Error> {
        let overlays = self
            .overlays
            .iter()
            .map(Overlay::layers)
            .collect::<Result<_, _>>()?;
        let group = (tier.processes == ProcessLimit::Group)
            .then(|| cgroup::join(self.limits.processes))
            .transpose()
            .map_err(|source| Error::Group { source })?;
        Ok(Stage {
            overlays,
            group,
            ..self.stage_without_layers(tier, keep)
        })
    }

    fn stage_without_layers(&self, tier: &Tier, keep: Vec<OwnedFd>) -> Stage {
        let uid = rustix::process::getuid().as_raw();
        let gid = rustix::process::getgid().as_raw();
        let maps = (
            format!("{uid} {uid} 1\n").into_bytes(),
            format!("{gid} {gid} 1\n").into_bytes(),
        );
        Stage {
            parent: rustix::process::getpid().as_raw_nonzero().get(),
            maps: tier.own_namespace.then_some(maps),
            overlays: Vec::new(),
            keep,
            network: None,
            group: None,
            processes: (tier.processes == ProcessLimit::User).then_some(self.limits.processes),
            file_size: Some(self.limits.file_size),
        }
    }

    fn check<'a>(&self, argv: impl Iterator<Item = &'a OsStr>) -> Result<(), Error> {
        let zero = |text: &OsStr| text.as_bytes().contains(&0);
        for word in argv {
            if zero(word) {
                return Err(Error::ZeroByte {
                    what: "an argument".to_owned(),
                });
            }
        }
        for (name, value) in &self.env {
            if zero(name) || zero(value) {
                let what = format!("the variable {}", name.to_string_lossy());
                return Err(Error::ZeroByte { what });
            }
        }
        for path in self.paths() {
            if !path.is_absolute() {
                return Err(Error::Relative {
                    path: path.to_owned(),
                });
            }
            if zero(path.as_os_str()) {
                return Err(Error::ZeroByte {
                    what: format!("the path {path:?}"),
                });
            }
        }
        for folder in [&self.draft, &self.home.dir, &self.tmp] {
            let found = fs::metadata(folder).and_then(|found| {
                if found.is_dir() {
                    Ok(())
                } else {
                    Err(io::ErrorKind::NotADirectory.into())
                }
            });
            found.map_err(|source| Error::Folder {
                path: folder.clone(),
                source,
            })?;
        }
        Ok(())
    }

    fn paths(&self) -> impl Iterator<Item = &Path> {
        let single = [
            &self.project_at,
            &self.draft,
            &self.cwd,
            &self.home.at,
            &self.home.dir,
            &self.tmp,
        ];
        let mounts = self.read_only.iter().chain(&self.binds);
        let layers = self.overlays.iter().flat_map(|layer| {
            [
                &layer.lower,
                &layer.upper,
                &layer.work,
                &layer.staging,
                &layer.at,
            ]
        });
        single
            .into_iter()
            .chain(mounts.flat_map(|mount| [&mount.from, &mount.at]))
            .chain(layers)
            .map(PathBuf::as_path)
    }

    /// Mounts in the order in which they are made: what others lie in comes first.
    pub(crate) fn ordered_mounts(&self) -> Vec<Shown<'_>> {
        let mut shown: Vec<_> = self
            .binds
            .iter()
            .map(|mount| Shown {
                from: &mount.from,
                at: &mount.at,
                writes: Writes::Bind,
            })
            .chain(self.read_only.iter().map(|mount| Shown {
                from: &mount.from,
                at: &mount.at,
                writes: Writes::No,
            }))
            .chain(self.overlays.iter().map(|layer| Shown {
                from: &layer.staging,
                at: &layer.at,
                writes: Writes::Layer,
            }))
            .collect();
        shown.sort_by_key(|shown| shown.at.components().count());
        let bind = |from, at| Shown {
            from,
            at,
            writes: Writes::Bind,
        };
        // The second is no link to the first: through one, nothing can be mounted in it.
        let first = [
            bind(&self.tmp, Path::new("/tmp")),
            bind(&self.tmp, Path::new("/var/tmp")),
            bind(&self.home.dir, &self.home.at),
        ];
        shown.splice(..0, first);
        let writes = if self.read_only_draft {
            Writes::No
        } else {
            Writes::Bind
        };
        shown.push(Shown {
            from: &self.draft,
            at: &self.project_at,
            writes,
        });
        shown
    }

    /// Makes the mount points that lie in folders the command can write; see [`mountpoint`].
    fn prepare_mount_points(&self) -> Result<(), Error> {
        let shown = self.ordered_mounts();
        for (position, mount) in shown.iter().enumerate() {
            let below = shown[..position]
                .iter()
                .rev()
                .filter(|other| mount.at.starts_with(other.at))
                .max_by_key(|other| other.at.components().count());
            let Some(below) = below else { continue };
            let failed = |source| Error::Folder {
                path: mount.at.to_owned(),
                source,
            };
            match below.writes {
                Writes::No => continue,
                // Its content is only known once it is mounted, and the command may have put a
                // link there.
                Writes::Layer => return Err(failed(io::ErrorKind::Unsupported.into())),
                Writes::Bind => {}
            }
            let inside = mount.at.strip_prefix(below.at).unwrap_or(Path::new(""));
            let found = fs::metadata(mount.from).map_err(|source| Error::Folder {
                path: mount.from.to_owned(),
                source,
            })?;
            let kind = if found.is_dir() {
                mountpoint::Kind::Folder
            } else {
                mountpoint::Kind::File
            };
            mountpoint::prepare(below.from, inside, kind).map_err(failed)?;
        }
        Ok(())
    }
}

/// One mount of the command's view.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) from: &'a Path,
    pub(crate) at: &'a Path,
    pub(crate) writes: Writes,
}

/// Whether and where writes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    No,
    Bind,
    Layer,
}

impl Overlay {
    fn layers(&self) -> Result<Layers, Error> {
        let text = |path: &Path| {
            CString::new(path.as_os_str().as_bytes()).map_err(|_| Error::ZeroByte {
                what: format!("the path {path:?}"),
            })
        };
        for folder in [&self.upper, &self.work, &self.staging] {
            fs::create_dir_all(folder).map_err(|source| Error::Folder {
                path: folder.clone(),
                source,
            })?;
        }
        Ok(Layers {
            lower: text(&self.lower)?,
            upper: text(&self.upper)?,
            work: text(&self.work)?,
            merged: text(&self.staging)?,
        })
    }
}

fn in_memory(what: &'static str, bytes: &[u8]) -> Result<OwnedFd, Error> {
    let made = rustix::fs::memfd_create("confined", MemfdFlags::CLOEXEC)
        .map_err(io::Error::from)
        .and_then(|descriptor| {
            let mut file = File::from(descriptor);
            file.write_all(bytes)?;
            file.rewind()?;
            Ok(OwnedFd::from(file))
        });
    made.map_err(|source| Error::Memory { what, source })
}
