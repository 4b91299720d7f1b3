# Completion of pc-usage in PowerShell. The program says what may come next.

Register-ArgumentCompleter -Native -CommandName pc-usage -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $before = $commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition }
    $words = @($before | ForEach-Object { $_.Extent.Text.Trim("'`"") })
    # Older versions leave out an empty argument; the program takes no notice of an opening quote.
    $words += if ($wordToComplete) { $wordToComplete } else { "'" }
    pc-usage completions powershell '--' @words 2>$null | ForEach-Object {
        if ($_ -eq '') {
            # The name of a file.
            $path = $wordToComplete -replace '^--[^=]*=', ''
            $lead = $wordToComplete.Substring(0, $wordToComplete.Length - $path.Length)
            [System.Management.Automation.CompletionCompleters]::CompleteFilename($path) | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new(
                    $lead + $_.CompletionText, $_.ListItemText, $_.ResultType, $_.ToolTip)
            }
        } else {
            $value, $help = $_ -split "`t", 2
            if (-not $help) { $help = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
        }
    }
}
