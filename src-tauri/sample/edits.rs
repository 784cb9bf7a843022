//! The demo's edits, made for the text it has just read.
//!
//! A patch with fixed context would fail as soon as a person has edited the sample. So the lines
//! around every edit are those of the command output, and an edit changes only the words it is
//! about: what the person added to the function stays. When the place cannot be found, the
//! answer is a sentence that says what was looked for.

const CART: &str = "src/cart.js";
const TESTS: &str = "test/cart.test.js";

/// The tests that the demo adds: name and body.
pub(crate) const NEW_TESTS: [(&str, &[&str]); 2] = [
    (
        "counts every piece of an item",
        &[
            "  const cart = [{ ...notebook, quantity: 3 }];",
            "  assert.equal(cartTotal(cart), 42);",
        ],
    ),
    (
        "never goes below zero with a coupon",
        &[
            "  const coupon = { code: 'WELCOME', amount: 50 };",
            "  assert.equal(cartTotal([{ ...ink, quantity: 1 }], coupon), 0);",
        ],
    ),
];

/// Why a total comes out wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The price of an item is added once, however many pieces there are.
    Quantity,
    /// The coupon is taken off without a floor.
    Coupon,
}

/// A patch for the cart, and what it is about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fix {
    pub(crate) patch: String,
    pub(crate) causes: Vec<Cause>,
}

/// Whether the tests are there already.
pub(crate) fn has_new_tests(read: &str) -> bool {
    NEW_TESTS.iter().all(|(name, _)| read.contains(name))
}

/// The patch that adds the missing tests below the last test that was read.
pub(crate) fn add_tests(read: &str) -> Result<String, String> {
    let lines: Vec<&str> = read.trim_end().lines().map(str::trim_end).collect();
    cart_total(&lines)?;
    let Some(last) = lines.iter().rposition(|line| line.starts_with("test(")) else {
        return Err(format!(
            "I found no `test(` in `{TESTS}` to put the new tests below."
        ));
    };
    let mut patch = update(TESTS);
    for line in &lines[last..] {
        push(&mut patch, ' ', line);
    }
    for (name, body) in NEW_TESTS.iter().filter(|(name, _)| !read.contains(name)) {
        push(&mut patch, '+', "");
        push(&mut patch, '+', &format!("test('{name}', () => {{"));
        for line in *body {
            push(&mut patch, '+', line);
        }
        push(&mut patch, '+', "});");
    }
    Ok(end(patch))
}

/// The patch that mends `cartTotal` as it was read.
pub(crate) fn fix(read: &str) -> Result<Fix, String> {
    let lines: Vec<&str> = read.lines().map(str::trim_end).collect();
    let function = cart_total(&lines)?;
    let whole = function.join("\n");
    let floored = whole.contains("Math.min(") || whole.contains("Math.max(");
    let mut causes = Vec::new();
    let mut patch = update(CART);
    for line in function {
        let mut mended = (*line).to_owned();
        if !whole.contains(".quantity")
            && let Some(counted) = times_quantity(line)
        {
            mended = counted;
            causes.push(Cause::Quantity);
        }
        if !floored && let Some(capped) = capped_coupon(line) {
            mended = capped;
            causes.push(Cause::Coupon);
        }
        if mended == *line {
            push(&mut patch, ' ', line);
        } else {
            push(&mut patch, '-', line);
            push(&mut patch, '+', &mended);
        }
    }
    if causes.is_empty() {
        return Err(format!(
            "`cartTotal` in `{CART}` looks different from what I know: I found neither a price \
             added without its quantity nor a coupon taken off without a floor."
        ));
    }
    causes.dedup();
    Ok(Fix {
        patch: end(patch),
        causes,
    })
}

/// The lines of the function, from its first to its closing brace.
fn cart_total<'a>(lines: &'a [&'a str]) -> Result<&'a [&'a str], String> {
    let missing =
        || format!("I looked for the function `cartTotal` in `{CART}` and it is not there.");
    let opens = |line: &&str| line.contains("function cartTotal(") && line.ends_with('{');
    let first = lines.iter().position(opens).ok_or_else(missing)?;
    let indent = |line: &str| line.len() - line.trim_start().len();
    let length = lines[first..]
        .iter()
        .position(|line| line.trim_start() == "}" && indent(line) == indent(lines[first]))
        .ok_or_else(missing)?;
    Ok(&lines[first..=first + length])
}

/// `sum += item.price` as `sum += item.price * item.quantity`.
fn times_quantity(line: &str) -> Option<String> {
    let code = code_of(line);
    let dot = code.find(".price")?;
    let end = dot + ".price".len();
    if code[end..].starts_with(is_word) {
        return None;
    }
    let start = code[..dot].rfind(|c| !is_word(c)).map_or(0, |at| at + 1);
    let item = &code[start..dot];
    // Only a price that is added up: `price` may stand in a condition as well.
    (code.contains('+') && !item.is_empty())
        .then(|| format!("{} * {item}.quantity{}", &line[..end], &line[end..]))
}

/// `sum = sum - coupon.amount` or `sum -= coupon.amount` with at most `sum` taken off.
fn capped_coupon(line: &str) -> Option<String> {
    const AMOUNT: &str = "coupon.amount";
    let code = code_of(line);
    let at = code.find(AMOUNT)?;
    let before = code[..at].trim_end();
    let taken_from = before
        .strip_suffix("-=")
        .or_else(|| before.strip_suffix('-'))?
        .trim();
    let sum = taken_from
        .rsplit(|c| !is_word(c))
        .next()
        .filter(|sum| !sum.is_empty())?;
    let end = at + AMOUNT.len();
    (!code[end..].starts_with(is_word))
        .then(|| format!("{}Math.min({AMOUNT}, {sum}){}", &line[..at], &line[end..]))
}

/// The line without a comment behind it.
fn code_of(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

fn update(path: &str) -> String {
    format!("*** Begin Patch\n*** Update File: {path}\n@@\n")
}

fn push(patch: &mut String, mark: char, line: &str) {
    patch.push(mark);
    patch.push_str(line);
    patch.push('\n');
}

fn end(mut patch: String) -> String {
    patch.push_str("*** End Patch\n");
    patch
}

#[cfg(test)]
mod tests {
    use super::*;

    const CART: &str = include_str!("project/src/cart.js");
    const TESTS: &str = include_str!("project/test/cart.test.js");

    fn changed(patch: &str) -> Vec<&str> {
        patch
            .lines()
            .filter(|line| line.starts_with(['-', '+']))
            .map(|line| line.trim_end())
            .collect()
    }

    #[test]
    fn the_fix_changes_two_lines() {
        let fix = fix(&format!("{CART}{TESTS}")).unwrap();
        assert_eq!(fix.causes, [Cause::Quantity, Cause::Coupon]);
        assert_eq!(
            changed(&fix.patch),
            [
                "-    sum += item.price;",
                "+    sum += item.price * item.quantity;",
                "-    sum = sum - coupon.amount;",
                "+    sum = sum - Math.min(coupon.amount, sum);",
            ]
        );
    }

    #[test]
    fn what_the_person_wrote_stays() {
        let edited = CART
            .replace(
                "let sum = 0;",
                "let total = shipping; // item.price comes on top",
            )
            .replace("sum += item.price;", "total += item.price * (1 + vat);\r")
            .replace(
                "sum = sum - coupon.amount;",
                "total -= coupon.amount; // thank you",
            )
            .replace("round(sum)", "round(total)");
        let fix = fix(&edited).unwrap();
        assert_eq!(
            changed(&fix.patch),
            [
                "-    total += item.price * (1 + vat);",
                "+    total += item.price * item.quantity * (1 + vat);",
                "-    total -= coupon.amount; // thank you",
                "+    total -= Math.min(coupon.amount, total); // thank you",
            ]
        );
    }

    #[test]
    fn a_bug_that_is_gone_is_not_fixed_again() {
        let half = CART.replace("item.price;", "item.price * item.quantity;");
        assert_eq!(fix(&half).unwrap().causes, [Cause::Coupon]);
        let whole = half.replace("round(sum)", "round(Math.max(sum, 0))");
        assert!(fix(&whole).unwrap_err().contains("looks different"));
    }

    #[test]
    fn a_function_that_is_gone_is_named() {
        let renamed = CART.replace("cartTotal", "sumOf");
        assert!(fix(&renamed).unwrap_err().contains("`cartTotal`"));
        assert!(
            add_tests(&format!("{renamed}{TESTS}"))
                .unwrap_err()
                .contains("`cartTotal`")
        );
        assert!(add_tests(CART).unwrap_err().contains("`test(`"));
    }

    #[test]
    fn only_missing_tests_are_added() {
        let first = NEW_TESTS[0].0;
        let read = format!("{CART}{TESTS}\ntest('{first}', () => {{}});\n\n");
        assert!(!has_new_tests(&read));
        let patch = add_tests(&read).unwrap();
        assert!(patch.contains(&format!("\n test('{first}'")), "{patch}");
        assert_eq!(patch.matches("\n+test(").count(), 1);
    }
}
