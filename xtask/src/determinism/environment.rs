//! What a host may be like.

/// An environment of a process.
pub struct Environment {
    /// What is particular about it.
    pub name: String,
    /// Last part of the folder that it works in.
    pub folder: &'static str,
    /// Variables that it sets.
    pub variables: Vec<(&'static str, String)>,
}

impl Environment {
    fn new(name: impl Into<String>, variables: &[(&'static str, &str)]) -> Environment {
        let variables = variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Environment { name: name.into(), folder: "work", variables }
    }

    fn threads(count: u32) -> Environment {
        Environment::new(format!("{count} threads"), &[("RAYON_NUM_THREADS", &count.to_string())])
    }

    fn folder(folder: &'static str) -> Environment {
        Environment { folder, ..Environment::new(format!("in a folder `{folder}`"), &[]) }
    }
}

/// All environments, or a few of each kind. The others are compared with the first.
pub fn environments(short: bool) -> Vec<Environment> {
    let mut all = vec![Environment::threads(1), Environment::new("again", &[])];
    let threads: &[u32] = if short { &[16] } else { &[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] };
    all.extend(threads.iter().map(|&count| Environment::threads(count)));
    let long = "a/very/deep/folder/with/many/parts/and a name that is longer than most people would ever type by hand";
    let folders: &[&str] = if short { &["für alle ☃"] } else { &["für alle ☃", "a b'c", long] };
    all.extend(folders.iter().map(|folder| Environment::folder(folder)));
    let locales: &[&str] = if short {
        &["tr_TR.UTF-8"]
    } else {
        &["C", "POSIX", "de_DE.UTF-8", "tr_TR.UTF-8", "ja_JP.eucJP", "nothing"]
    };
    all.extend(locales.iter().map(|&locale| {
        Environment::new(format!("locale {locale}"), &[("LC_ALL", locale), ("LANG", locale)])
    }));
    let zones: &[&str] = if short {
        &["Asia/Kathmandu"]
    } else {
        &["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"]
    };
    all.extend(zones.iter().map(|&zone| Environment::new(format!("time zone {zone}"), &[("TZ", zone)])));
    let colours: &[(&str, &str)] = if short {
        &[("CLICOLOR_FORCE", "1")]
    } else {
        &[
            ("NO_COLOR", "1"),
            ("CLICOLOR_FORCE", "1"),
            ("FORCE_COLOR", "1"),
            ("TERM", "dumb"),
            ("COLORTERM", "truecolor"),
        ]
    };
    all.extend(
        colours.iter().map(|&(name, value)| Environment::new(format!("{name}={value}"), &[(name, value)])),
    );
    all.push(Environment::new(
        "everything at once",
        &[
            ("RAYON_NUM_THREADS", "3"),
            ("LC_ALL", "de_DE.UTF-8"),
            ("TZ", "America/St_Johns"),
            ("NO_COLOR", "1"),
            ("HOME", "/nonexistent"),
            ("USER", "somebody"),
        ],
    ));
    all
}
