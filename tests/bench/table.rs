//! A table of ratios: a row per quantity, a column per program, and whether Greenlight is ahead.

use std::fmt;

/// Which of two numbers is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    Less,
    More,
}

/// One quantity.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// What is measured, with its unit.
    pub(crate) what: String,
    pub(crate) better: Better,
    /// Whether the run fails when Greenlight is not ahead of all.
    pub(crate) must_win: bool,
    /// Greenlight's, then one per peer or target; none for who is not in this row.
    pub(crate) values: Vec<Option<f64>>,
}

/// All quantities of one bench.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) title: String,
    /// Greenlight, then the peers.
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

impl Row {
    fn ours(&self) -> Option<f64> {
        self.values.first().copied().flatten()
    }

    /// How many times better than the best of the others Greenlight is; below 1 it is worse.
    fn ratio(&self) -> Option<f64> {
        let ours = self.ours()?;
        let others = self.values.iter().skip(1).flatten().copied();
        match self.better {
            Better::Less => others.reduce(f64::min).map(|best| best / ours),
            Better::More => others.reduce(f64::max).map(|best| ours / best),
        }
    }

    /// A row is won when Greenlight is ahead of all that are in it.
    fn is_won(&self) -> bool {
        self.ratio().is_some_and(|ratio| ratio > 1.0)
    }
}

impl Table {
    /// Whether every row that has to be won is.
    pub(crate) fn is_won(&self) -> bool {
        self.rows.iter().all(|row| !row.must_win || row.is_won())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}\n", self.title)?;
        write!(f, "{:44}", "")?;
        for column in &self.columns {
            write!(f, "{column:>20}")?;
        }
        writeln!(f, "{:>9}", "ratio")?;
        for row in &self.rows {
            write!(f, "{:44}", row.what)?;
            for value in &row.values {
                match value {
                    Some(value) if *value >= 1000.0 => write!(f, "{:>20}", grouped(*value))?,
                    Some(value) => write!(f, "{value:>20.1}")?,
                    None => write!(f, "{:>20}", "-")?,
                }
            }
            let outcome = match row.must_win && !row.is_won() {
                true => "  LOST",
                false => "",
            };
            match row.ratio() {
                Some(ratio) => writeln!(f, "{ratio:>8.2}x{outcome}")?,
                None => writeln!(f, "{:>9}{outcome}", "-")?,
            }
        }
        Ok(())
    }
}

/// A whole number with its thousands apart.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(better: Better, values: &[Option<f64>]) -> Row {
        Row {
            what: "something".to_owned(),
            better,
            must_win: true,
            values: values.to_vec(),
        }
    }

    fn table(rows: Vec<Row>) -> Table {
        Table {
            title: "A bench".to_owned(),
            columns: ["Greenlight", "one", "two"].map(str::to_owned).into(),
            rows,
        }
    }

    #[test]
    fn the_best_of_the_others_is_what_counts() {
        let less = row(Better::Less, &[Some(10.0), Some(40.0), Some(20.0)]);
        assert_eq!(less.ratio(), Some(2.0));
        let more = row(Better::More, &[Some(10.0), Some(40.0), Some(20.0)]);
        assert_eq!(more.ratio(), Some(0.25));
        assert!(less.is_won() && !more.is_won());
        assert!(
            !row(Better::Less, &[Some(10.0), Some(10.0)]).is_won(),
            "a draw"
        );
        assert!(row(Better::Less, &[Some(10.0), None, Some(11.0)]).is_won());
        assert!(
            !row(Better::Less, &[None, Some(10.0)]).is_won(),
            "not measured"
        );
    }

    #[test]
    fn one_lost_row_loses_the_table_unless_it_is_for_information() {
        let won = row(Better::Less, &[Some(1.0), Some(2.0)]);
        let mut lost = row(Better::Less, &[Some(2000.0), Some(1000.0)]);
        assert!(table(vec![won.clone()]).is_won());
        let both = table(vec![won.clone(), lost.clone()]);
        assert!(!both.is_won());
        let printed = both.to_string();
        assert!(
            printed.contains("2 000") && printed.contains("LOST"),
            "{printed}"
        );
        lost.must_win = false;
        let both = table(vec![won, lost]);
        assert!(both.is_won() && !both.to_string().contains("LOST"));
    }
}
