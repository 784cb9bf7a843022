//! What tokens cost.
//!
//! Prices are the provider's list prices in US dollars; discounts, taxes and a gateway's own prices
//! are not known here, so every sum is an estimate and is shown as one.

use super::stream::Usage;

/// The list price of a model, in millionths of a US dollar for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Tokens read.
    pub input: u64,
    /// Tokens read from the provider's cache.
    pub cached: u64,
    /// Tokens written, reasoning included.
    pub output: u64,
}

impl Price {
    /// What an answer cost, in billionths of a US dollar.
    pub fn cost(&self, usage: &Usage) -> u64 {
        let cached = usage.cached.min(usage.input);
        let parts = [
            (usage.input - cached, self.input),
            (cached, self.cached),
            (usage.output, self.output),
        ];
        // A millionth for a million is a trillionth for one.
        let trillionths = parts.iter().fold(0_u64, |sum, (tokens, price)| {
            sum.saturating_add(tokens.saturating_mul(*price))
        });
        trillionths / 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICE: Price = Price {
        input: 1_250_000,
        cached: 125_000,
        output: 10_000_000,
    };

    #[test]
    fn cached_tokens_are_cheaper_and_reasoning_is_output() {
        let usage = Usage {
            input: 1_000_000,
            cached: 400_000,
            output: 100_000,
            reasoning: 90_000,
            total: 1_100_000,
        };
        // 0.75 + 0.05 + 1.00 dollars.
        assert_eq!(PRICE.cost(&usage), 1_800_000_000);
    }

    #[test]
    fn what_a_server_miscounts_is_no_negative_sum_and_no_overflow() {
        let odd = Usage {
            input: 10,
            cached: 500,
            ..Usage::default()
        };
        assert_eq!(PRICE.cost(&odd), 10 * 125_000 / 1_000);
        let endless = Usage {
            input: u64::MAX,
            output: u64::MAX,
            ..Usage::default()
        };
        assert_eq!(PRICE.cost(&endless), u64::MAX / 1_000);
    }
}
