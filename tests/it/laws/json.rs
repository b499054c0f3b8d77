//! Numbers survive JSON: plans, journals and findings are compared and hashed after they were read.

use proptest::prelude::*;

/// What is read back of a number that was written.
fn read_back(number: f64) -> f64 {
    let text = serde_json::to_string(&number).expect("a number can be written");
    serde_json::from_str(&text).expect("what was written can be read")
}

#[test]
fn numbers_that_a_coarser_reader_changes_come_back() {
    for number in [0.958_327_592_195_351_1, 0.963_629_994_734_747_1, 0.936_239_538_764_864_5] {
        assert_eq!(read_back(number).to_bits(), number.to_bits(), "{number}");
    }
}

proptest! {
    #[test]
    fn every_number_comes_back_bit_by_bit(
        number in any::<f64>().prop_filter("a number", |number| number.is_finite()),
    ) {
        prop_assert_eq!(read_back(number).to_bits(), number.to_bits());
    }
}
