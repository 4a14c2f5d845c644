"""Every line that a finding prints, run; a run of the suite for each rule takes too long for every change."""
