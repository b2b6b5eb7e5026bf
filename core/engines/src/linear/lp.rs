//! Linear programs: a safe face of the HiGHS solver, for columns x ≥ 0 and rows that come and go.
//!
//! The dual simplex method starts from the basis of the solution before, so that a change of a few
//! bounds costs a few iterations. Figures are double-precision: nothing that a program says here
//! is believed before it is verified in exact arithmetic.
//!
//! All unsafe code of the crate but one hint to the processor is here. A handle is owned by one value, never shared, and
//! freed once; every array that is handed over has the length that the solver knows of.

#![expect(unsafe_code, reason = "HiGHS has a C interface")]

use highs_sys as c;
use pn_logic::Reason;
use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

/// A linear program with its latest basis.
pub(super) struct Lp {
    highs: NonNull<c_void>,
    columns: usize,
    rows: usize,
}

/// What is known after a solution.
pub(super) enum Outcome {
    /// The columns' and the rows' values at an optimum.
    Optimal { columns: Vec<f64>, rows: Vec<f64> },
    /// The rows contradict each other: multipliers that show it, up to their common sign.
    Infeasible { ray: Vec<f64> },
    /// The objective grows without limit.
    Unbounded,
    /// The slice of time ended first; solving again goes on.
    OutOfTime,
    /// The solver gave up.
    GaveUp(Reason),
}

/// A bound that does not bind.
pub(super) const FREE: f64 = f64::INFINITY;

impl Lp {
    /// A program with this many columns, all at least 0, and no rows. `None` without memory.
    pub(super) fn new(columns: usize) -> Option<Self> {
        let count = c::HighsInt::try_from(columns).ok()?;
        // SAFETY: the call has no preconditions; a null result is refused.
        let highs = NonNull::new(unsafe { c::Highs_create() })?;
        let mut lp = Self { highs, columns, rows: 0 };
        lp.set_flag(c"output_flag", false)?;
        lp.set_text(c"presolve", c"off")?;
        lp.set_text(c"solver", c"simplex")?;
        lp.set_text(c"parallel", c"off")?;
        lp.set_number(c"threads", 1)?;
        let (lower, upper) = (vec![0.0; columns], vec![FREE; columns]);
        // SAFETY: both arrays have `count` entries.
        let status = unsafe { c::Highs_addVars(lp.raw(), count, lower.as_ptr(), upper.as_ptr()) };
        (status == c::STATUS_OK).then_some(lp)
    }

    const fn raw(&mut self) -> *mut c_void {
        self.highs.as_ptr()
    }

    fn set_flag(&mut self, name: &CStr, value: bool) -> Option<()> {
        // SAFETY: the name ends with a zero byte and outlives the call.
        let status = unsafe { c::Highs_setBoolOptionValue(self.raw(), name.as_ptr(), value.into()) };
        (status == c::STATUS_OK).then_some(())
    }

    fn set_number(&mut self, name: &CStr, value: c::HighsInt) -> Option<()> {
        // SAFETY: the name ends with a zero byte and outlives the call.
        let status = unsafe { c::Highs_setIntOptionValue(self.raw(), name.as_ptr(), value) };
        (status == c::STATUS_OK).then_some(())
    }

    fn set_text(&mut self, name: &CStr, value: &CStr) -> Option<()> {
        // SAFETY: both texts end with a zero byte and outlive the call.
        let status = unsafe { c::Highs_setStringOptionValue(self.raw(), name.as_ptr(), value.as_ptr()) };
        (status == c::STATUS_OK).then_some(())
    }

    fn set_seconds(&mut self, seconds: f64) -> Option<()> {
        // SAFETY: the handle is valid; the option's name ends with a zero byte.
        let status = unsafe {
            c::Highs_zeroAllClocks(self.raw());
            c::Highs_setDoubleOptionValue(self.raw(), c"time_limit".as_ptr(), seconds)
        };
        (status == c::STATUS_OK).then_some(())
    }

    /// Adds the row lower ≤ Σ coefficient · x ≤ upper and returns its number.
    pub(super) fn add_row(&mut self, lower: f64, upper: f64, terms: &[(usize, f64)]) -> Option<usize> {
        let index = |(column, _): &(usize, f64)| {
            debug_assert!(*column < self.columns);
            c::HighsInt::try_from(*column).ok()
        };
        let columns: Vec<c::HighsInt> = terms.iter().map(index).collect::<Option<_>>()?;
        let values: Vec<f64> = terms.iter().map(|(_, value)| *value).collect();
        let count = c::HighsInt::try_from(terms.len()).ok()?;
        // SAFETY: both arrays have `count` entries, and every index is below the number of columns.
        let status =
            unsafe { c::Highs_addRow(self.raw(), lower, upper, count, columns.as_ptr(), values.as_ptr()) };
        self.rows += 1;
        (status == c::STATUS_OK).then_some(self.rows - 1)
    }

    /// Changes what a row must lie between.
    pub(super) fn bound_row(&mut self, row: usize, lower: f64, upper: f64) {
        debug_assert!(row < self.rows && lower <= upper);
        let row = c::HighsInt::try_from(row).expect("as many rows were added");
        // SAFETY: the row exists.
        unsafe { c::Highs_changeRowBounds(self.raw(), row, lower, upper) };
    }

    /// Sets the objective, which is minimised: one cost a column.
    pub(super) fn minimise(&mut self, costs: &[f64]) {
        assert_eq!(costs.len(), self.columns, "one cost a column");
        if let Some(last) = self.columns.checked_sub(1) {
            let last = c::HighsInt::try_from(last).expect("as many columns were added");
            // SAFETY: the array has one entry for each column of the range.
            unsafe { c::Highs_changeColsCostByRange(self.raw(), 0, last, costs.as_ptr()) };
        }
    }

    /// Solves from the latest basis for at most `seconds`.
    pub(super) fn solve(&mut self, seconds: f64) -> Outcome {
        if self.set_seconds(seconds).is_none() {
            return Outcome::GaveUp(Reason::Unsupported);
        }
        // SAFETY: the handle is valid.
        let status = unsafe {
            c::Highs_run(self.raw());
            c::Highs_getModelStatus(self.raw())
        };
        match status {
            c::MODEL_STATUS_OPTIMAL => self.solution(),
            c::MODEL_STATUS_INFEASIBLE => self.ray(),
            c::MODEL_STATUS_UNBOUNDED => Outcome::Unbounded,
            c::MODEL_STATUS_REACHED_TIME_LIMIT => Outcome::OutOfTime,
            _ => Outcome::GaveUp(Reason::Unsupported),
        }
    }

    fn solution(&mut self) -> Outcome {
        let (mut columns, mut column_duals) = (vec![0.0; self.columns], vec![0.0; self.columns]);
        let (mut rows, mut row_duals) = (vec![0.0; self.rows], vec![0.0; self.rows]);
        // SAFETY: the arrays have one entry a column, or a row.
        let status = unsafe {
            c::Highs_getSolution(
                self.raw(),
                columns.as_mut_ptr(),
                column_duals.as_mut_ptr(),
                rows.as_mut_ptr(),
                row_duals.as_mut_ptr(),
            )
        };
        match status == c::STATUS_OK {
            true => Outcome::Optimal { columns, rows },
            false => Outcome::GaveUp(Reason::Unsupported),
        }
    }

    fn ray(&mut self) -> Outcome {
        let mut has_ray = 0;
        let mut ray = vec![0.0; self.rows];
        // SAFETY: the array has one entry a row.
        let status = unsafe { c::Highs_getDualRay(self.raw(), &raw mut has_ray, ray.as_mut_ptr()) };
        match status == c::STATUS_OK && has_ray == 1 {
            true => Outcome::Infeasible { ray },
            false => Outcome::GaveUp(Reason::Unsupported),
        }
    }
}

impl Drop for Lp {
    fn drop(&mut self) {
        // SAFETY: the handle came from `Highs_create` and is not used again.
        unsafe { c::Highs_destroy(self.raw()) };
    }
}
