use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;

use super::*;

struct Machine {
    dir: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["home/ana/data/greenlight", "home/ana/work/site"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        Self { dir }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(path)
    }

    fn open(&self, path: &Path) -> Result<Project, OpenError> {
        Project::open(
            path,
            &self.at("home/ana/data/greenlight"),
            &self.at("home/ana"),
        )
    }
}

#[track_caller]
fn refused(result: Result<Project, OpenError>, path: &Path) -> OpenError {
    let error = result.expect_err("must be refused");
    let text = error.to_string();
    assert!(
        text.contains(&*path.to_string_lossy()),
        "names the folder: {text}"
    );
    assert!(
        text.contains("Nothing was"),
        "says what is unchanged: {text}"
    );
    assert!(
        text.matches(". ").count() >= 2,
        "says the next step: {text}"
    );
    error
}

#[test]
fn folders_that_are_no_project_are_refused() {
    let m = Machine::new();
    fs::write(m.at("home/ana/file"), "").unwrap();
    let open = |path: &str| refused(m.open(&m.at(path)), &m.at(path));
    assert!(matches!(
        refused(m.open(Path::new("/")), Path::new("/")),
        OpenError::WholeSystem
    ));
    assert!(matches!(open("home/ana"), OpenError::Home { .. }));
    assert!(
        matches!(open("home"), OpenError::Home { .. }),
        "holds every home"
    );
    assert!(matches!(open("home/ana/data"), OpenError::OwnData { .. }));
    assert!(matches!(
        open("home/ana/data/greenlight"),
        OpenError::OwnData { .. }
    ));
    assert!(matches!(open("home/ana/gone"), OpenError::Missing { .. }));
    assert!(matches!(
        open("home/ana/file"),
        OpenError::NotAFolder { .. }
    ));
    assert!(matches!(
        open("home/ana/file/x"),
        OpenError::NotAFolder { .. }
    ));
    fs::create_dir(m.at("home/ana/data/greenlight/drafts")).unwrap();
    assert!(matches!(
        open("home/ana/data/greenlight/drafts"),
        OpenError::OwnData { .. }
    ));
}

#[test]
fn our_data_folder_counts_before_it_is_made() {
    let m = Machine::new();
    let project = m.at("home/ana/work");
    let result = Project::open(&project, &project.join("not/yet/there"), &m.at("home/ana"));
    assert!(
        matches!(result, Err(OpenError::OwnData { .. })),
        "{result:?}"
    );
}

#[test]
fn the_same_folder_twice_is_the_same_project() {
    let m = Machine::new();
    symlink(m.at("home/ana/work/site"), m.at("home/ana/short")).unwrap();
    let direct = m.open(&m.at("home/ana/work/site")).unwrap();
    for other in ["home/ana/short", "home/ana/work/../work/./site"] {
        let again = m.open(&m.at(other)).unwrap();
        assert_eq!(again, direct, "{other}");
        assert_eq!(again.key(), direct.key());
    }
    symlink("/", m.at("home/ana/all")).unwrap();
    assert!(matches!(
        m.open(&m.at("home/ana/all")),
        Err(OpenError::WholeSystem)
    ));
}

#[test]
fn any_name_is_fine() {
    let m = Machine::new();
    let odd: [&[u8]; 4] = [b"a b'\"c", b"new\nline", b"co:lon,comma", b"no\xfftext"];
    for name in odd {
        let path = m.at("home/ana/work").join(OsStr::from_bytes(name));
        fs::create_dir(&path).unwrap();
        assert_eq!(m.open(&path).unwrap().root(), path);
    }
}

#[test]
fn rights_are_looked_at_before_work_begins() {
    crate::project::fixture::as_an_ordinary_person(|| {
        let m = Machine::new();
        let path = m.at("home/ana/work/site");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o555)).unwrap();
        let notice = m.open(&path).unwrap().notice().expect("a notice");
        assert!(notice.contains(&*path.to_string_lossy()), "{notice}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        assert!(matches!(
            refused(m.open(&path), &path),
            OpenError::Unreadable { .. }
        ));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(m.open(&path).unwrap().notice(), None);
    });
}
