; Inno Setup 6: an installer for Windows 10 and newer (x86_64), for one user or for all. Run by build.sh.
; Not run yet: no Windows was at hand.

#define Root "..\..\.."
#ifndef Version
  #error give /DVersion=
#endif

[Setup]
AppId=Pentimento
AppName=Pentimento
AppVersion={#Version}
AppPublisher=The Pentimento contributors
DefaultDirName={autopf}\Pentimento
DefaultGroupName=Pentimento
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
ChangesAssociations=yes
LicenseFile={#Root}\LICENSE-MIT
OutputDir={#Root}\target\package
OutputBaseFilename=pentimento-{#Version}-windows-x86_64
SetupIconFile={#Root}\target\package\windows\pentimento.ico
UninstallDisplayIcon={app}\pentimento.ico
Compression=lzma2
SolidCompression=yes

[Files]
; src/infer/locate.rs looks into lib beside the program, src/bundle/model_store.rs into models.
Source: "{#Root}\target\release\pentimento.exe"; DestDir: "{app}"
Source: "{#Root}\target\package\windows\*"; DestDir: "{app}"; Flags: recursesubdirs

[Icons]
Name: "{group}\Pentimento"; Filename: "{app}\pentimento.exe"; Parameters: "gui"; IconFilename: "{app}\pentimento.ico"
Name: "{group}\Manual"; Filename: "{app}\manual\index.md"

[Registry]
Root: HKA; Subkey: "Software\Classes\.pentimento"; ValueType: string; ValueData: "Pentimento.Case"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\Pentimento.Case"; ValueType: string; ValueData: "Pentimento case"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Pentimento.Case\DefaultIcon"; ValueType: string; ValueData: "{app}\pentimento.ico"
Root: HKA; Subkey: "Software\Classes\Pentimento.Case\shell\open\command"; ValueType: string; ValueData: """{app}\pentimento.exe"" gui ""%1"""
