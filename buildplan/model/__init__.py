"""What travels between the rooms: the plan, what was asked for, origins, reasons, diagnostics."""
