# What reconcile reads and changes on a Windows node: a request and an answer, each one line of JSON in ASCII.
# Nothing is ever put into this text. Windows PowerShell 5.1 and PowerShell 7.
param([string]$Request)

# The network cmdlets are functions of modules: they see what is set globally, and nothing of this scope.
$global:ErrorActionPreference = 'Stop'
$global:ProgressPreference = 'SilentlyContinue'
$global:WarningPreference = 'SilentlyContinue'

# The reasons of an error by which the caller tells one kind from another.
function Get-Complaint($Problem) {
    @{
        category = [string]$Problem.CategoryInfo.Category
        id = [string]$Problem.FullyQualifiedErrorId
        message = [string]$Problem.Exception.Message
    }
}

# Properties by name, and enumerations as text: a whole CIM object is large, and no two versions print it alike.
function Read-Gateway($Alias) {
    $adapter = Get-NetAdapter -IncludeHidden | Where-Object { $_.Name -eq $Alias } | Select-Object -First 1
    if (-not $adapter) { return @{ adapter = $null } }
    $index = $adapter.InterfaceIndex
    @{
        adapter = @{ MacAddress = [string]$adapter.MacAddress }
        interfaces = @(Get-NetIPInterface | Where-Object { $_.InterfaceIndex -eq $index } | ForEach-Object {
                [pscustomobject]@{ AddressFamily = [string]$_.AddressFamily; Forwarding = [string]$_.Forwarding }
            })
        addresses = @(Get-NetIPAddress | Where-Object { $_.InterfaceIndex -eq $index } | ForEach-Object {
                [pscustomobject]@{
                    IPAddress = $_.IPAddress
                    AddressState = [string]$_.AddressState
                    SkipAsSource = [bool]$_.SkipAsSource
                }
            })
        routes = @(Get-NetRoute -PolicyStore ActiveStore | Where-Object { $_.InterfaceIndex -eq $index } | ForEach-Object {
                [pscustomobject]@{
                    DestinationPrefix = $_.DestinationPrefix
                    NextHop = $_.NextHop
                    RouteMetric = [int]$_.RouteMetric
                }
            })
        neighbors = @(Get-NetNeighbor -PolicyStore ActiveStore | Where-Object { $_.InterfaceIndex -eq $index } | ForEach-Object {
                [pscustomobject]@{
                    IPAddress = $_.IPAddress
                    LinkLayerAddress = [string]$_.LinkLayerAddress
                    State = [string]$_.State
                }
            })
        nats = @(Get-NetNat | ForEach-Object {
                [pscustomobject]@{
                    Name = $_.Name
                    InternalIPInterfaceAddressPrefix = $_.InternalIPInterfaceAddressPrefix
                }
            })
    }
}

# Fine when there is none.
function Remove-Place($Change) {
    try {
        switch ($Change.kind) {
            'netroute' {
                Remove-NetRoute -InterfaceAlias $Change.interface -DestinationPrefix $Change.destination -RouteMetric $Change.metric -PolicyStore ActiveStore -Confirm:$false
            }
            'netneighbor' {
                Remove-NetNeighbor -InterfaceAlias $Change.interface -IPAddress $Change.ip -PolicyStore ActiveStore -Confirm:$false
            }
            'netnat' {
                Remove-NetNat -Name $Change.name -Confirm:$false
            }
        }
    }
    catch {
        if ([string]$_.CategoryInfo.Category -ne 'ObjectNotFound') { throw }
    }
}

function Add-Place($Change) {
    switch ($Change.kind) {
        'netroute' {
            New-NetRoute -InterfaceAlias $Change.interface -DestinationPrefix $Change.destination -NextHop $Change.nextHop -RouteMetric $Change.metric -PolicyStore ActiveStore | Out-Null
        }
        'netneighbor' {
            New-NetNeighbor -InterfaceAlias $Change.interface -IPAddress $Change.ip -LinkLayerAddress $Change.mac -State Permanent -PolicyStore ActiveStore | Out-Null
        }
        'netnat' {
            New-NetNat -Name $Change.name -InternalIPInterfaceAddressPrefix $Change.prefix | Out-Null
        }
    }
}

# A route or a NAT cannot be changed, and Windows may have learned a neighbour by itself: a place is emptied, then
# filled. Only a route that is created has nothing of ours before it. One change that fails does not stop the others.
function Set-Places($Changes) {
    $failed = @()
    for ($number = 0; $number -lt $Changes.Count; $number++) {
        $change = $Changes[$number]
        try {
            if ($change.action -ne 'create' -or $change.kind -eq 'netneighbor') { Remove-Place $change }
            if ($change.action -ne 'delete') { Add-Place $change }
        }
        catch {
            $complaint = Get-Complaint $_
            $complaint['change'] = $number
            $failed += [pscustomobject]$complaint
        }
    }
    @{ failed = $failed }
}

try {
    foreach ($module in 'NetAdapter', 'NetTCPIP', 'NetNat') { Import-Module -Name $module }
    $asked = ConvertFrom-Json -InputObject $Request
    $answer = if ($asked.verb -eq 'read') { Read-Gateway $asked.gateway } else { Set-Places @($asked.changes) }
}
catch {
    $answer = @{ error = Get-Complaint $_ }
}
$json = ConvertTo-Json -InputObject $answer -Depth 4 -Compress
[regex]::Replace($json, '[^\x00-\x7f]', { param($found) '\u{0:x4}' -f [int][char]$found.Value })
