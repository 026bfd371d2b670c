//! Rust source as the rules see it: without comments, and without what only tests compile.

use std::{fs, path::Path};

/// A source file. Both texts keep the lines of the file, with blanks where something was taken out.
pub(crate) struct Source {
    /// From the root of the package, with `/`.
    pub(crate) path: String,
    /// Without comments and test modules.
    pub(crate) code: String,
    /// The same without literals.
    pub(crate) bare: String,
}

impl Source {
    /// Reads the Rust files below a folder of the package, in order of their paths; none if there is no such folder.
    pub(crate) fn all(folder: &str) -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = Vec::new();
        let mut folders = vec![root.join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.expect("the folder can be read").path();
                if path.is_dir() {
                    // A package of its own may have been built where it stands.
                    folders.extend((!path.ends_with("target")).then_some(path));
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = fs::read_to_string(&path).expect("the file is UTF-8");
                    let path = path.strip_prefix(root).expect("the file is in the package");
                    found.push(Self::new(&path.to_string_lossy().replace('\\', "/"), &text));
                }
            }
        }
        found.sort_by(|left, right| left.path.cmp(&right.path));
        found
    }

    /// Takes a text apart.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (mut code, mut bare) = strip(text);
        for (start, end) in test_items(&bare) {
            code[start..end].iter_mut().for_each(blank);
            bare[start..end].iter_mut().for_each(blank);
        }
        let [code, bare] = [code, bare].map(String::from_iter);
        let path = path.to_owned();
        Self { path, code, bare }
    }

    /// Whether only tests compile the file: the unit tests of a module that grew too long for its file.
    pub(crate) fn is_test(&self) -> bool {
        self.path.ends_with("tests.rs")
    }

    /// Returns the number of lines that hold code.
    pub(crate) fn code_lines(&self) -> usize {
        self.code
            .lines()
            .filter(|line| !line.trim().is_empty())
            .count()
    }

    /// Returns `path:line` of an offset in [`bare`](Self::bare).
    pub(crate) fn place(&self, offset: usize) -> String {
        format!(
            "{}:{}",
            self.path,
            self.bare[..offset].matches('\n').count() + 1
        )
    }
}

/// Whether a character can be part of a name.
pub(crate) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// What a run of characters is.
#[derive(PartialEq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

/// Returns a text without its comments, and without its comments and literals.
fn strip(text: &str) -> (Vec<char>, Vec<char>) {
    let mut code: Vec<char> = text.chars().collect();
    let mut bare = code.clone();
    let mut at = 0;
    while at < code.len() {
        let in_word = at > 0 && is_word(bare[at - 1]);
        let (kind, length) = run(&code[at..], in_word);
        let end = code.len().min(at + length);
        if kind == Kind::Comment {
            code[at..end].iter_mut().for_each(blank);
        }
        if kind != Kind::Code {
            bare[at..end].iter_mut().for_each(blank);
        }
        at = end;
    }
    (code, bare)
}

fn blank(character: &mut char) {
    if *character != '\n' {
        *character = ' ';
    }
}

/// Returns what starts here, and how long it is.
fn run(rest: &[char], in_word: bool) -> (Kind, usize) {
    if let Some(length) = raw_text(rest).filter(|_| !in_word) {
        return (Kind::Literal, length);
    }
    match rest {
        ['/', '/', ..] => (Kind::Comment, line(rest)),
        ['/', '*', ..] => (Kind::Comment, block(rest)),
        ['"', ..] => (Kind::Literal, 1 + quoted(&rest[1..], '"')),
        ['\'', '\\', ..] | ['\'', _, '\'', ..] => (Kind::Literal, 1 + quoted(&rest[1..], '\'')),
        _ => (Kind::Code, 1),
    }
}

fn line(rest: &[char]) -> usize {
    rest.iter()
        .position(|character| *character == '\n')
        .unwrap_or(rest.len())
}

/// Returns the length of a block comment; such comments nest.
fn block(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Returns the distance to behind the closing quote.
fn quoted(rest: &[char], quote: char) -> usize {
    let mut at = 0;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// Returns the length of a raw text such as `br#"…"#`, if one starts here.
fn raw_text(rest: &[char]) -> Option<usize> {
    let prefix = usize::from(matches!(rest.first(), Some('b' | 'c')));
    let hashes = rest[prefix..]
        .strip_prefix(&['r'])?
        .iter()
        .take_while(|character| **character == '#')
        .count();
    let open = prefix + 1 + hashes;
    let inside = rest[open..].strip_prefix(&['"'])?;
    let close = [vec!['"'], vec!['#'; hashes]].concat();
    let length = inside
        .windows(close.len())
        .position(|window| window == close)?;
    Some(open + 1 + length + close.len())
}

/// Returns where the items stand that `#[cfg(test)]` guards.
fn test_items(bare: &[char]) -> Vec<(usize, usize)> {
    let guards = ["#[cfg(test)]", "#[cfg(all(test"].map(|guard| guard.chars().collect::<Vec<_>>());
    let starts =
        (0..bare.len()).filter(|at| guards.iter().any(|guard| bare[*at..].starts_with(guard)));
    starts
        .map(|start| (start, start + item(&bare[start..])))
        .collect()
}

/// Returns the length of an item: up to its semicolon, or to behind its body.
fn item(rest: &[char]) -> usize {
    let mut depth = 0;
    for (at, character) in rest.iter().enumerate() {
        match character {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[test]
fn comments_literals_and_test_modules_are_taken_out() {
    let text = "
        /* one /* two */ */ let a = \"// no \\\" comment\"; // a comment
        let b = br#\"/* \" */\"#; let c = ('\"', '\\'', b'/'); let d: &'static str = \"\";
        #[cfg(test)]
        mod tests { fn inner() { let brace = '}'; } }
        fn last() {}";
    let source = Source::new("src/some.rs", text);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        words(&source.code),
        "let a = \"// no \\\" comment\"; let b = br#\"/* \" */\"#; let c = ('\"', '\\'', b'/'); \
         let d: &'static str = \"\"; fn last() {}"
    );
    assert_eq!(
        words(&source.bare),
        "let a = ; let b = ; let c = ( , , b ); let d: &'static str = ; fn last() {}"
    );
    assert_eq!(source.code_lines(), 3);
    assert_eq!(
        source.place(source.bare.find("last").expect("it is there")),
        "src/some.rs:6"
    );
}
