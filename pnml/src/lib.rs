//! PNML reader and writer with graphics, diagnostics and tool-specific content.
