@echo off
rem Runs Fovea's command line; builds it first where it is not built, or where a source file is newer than the build.
rem   fovea train lenet5        fovea doctor        fovea --help
setlocal enabledelayedexpansion
set "root=%~dp0"
set "target=%root%target"
set "stamp=%target%\fovea.built"

rem The release file of a JDK tells its version without starting it.
set "jdk="
if defined JAVA_HOME call :try "%JAVA_HOME%"
for /f "delims=" %%j in ('where javac 2^>nul') do call :try "%%~dpj.."
for /d %%j in ("%ProgramFiles%\Eclipse Adoptium\*" "%ProgramFiles%\Java\*" "%ProgramFiles%\Microsoft\jdk*" "%ProgramFiles%\Zulu\*" "%USERPROFILE%\.jdks\*") do call :try "%%j"

set "missing="
if not defined jdk call :need "JDK 25 or newer, found by JAVA_HOME or on the path: winget install EclipseAdoptium.Temurin.25.JDK"

rem Batch cannot compare times.
set "built=no"
if exist "%stamp%" if exist "%target%\classes\module-info.class" (
    powershell -NoProfile -Command "$t = (Get-Item -LiteralPath '%stamp%').LastWriteTimeUtc; $s = 'java', 'bindings', 'native', 'pom.xml', 'CMakeLists.txt', 'CMakePresets.json' | ForEach-Object { Join-Path '%root%' $_ }; if (Get-Item $s | ForEach-Object { $_; if ($_.PSIsContainer) { Get-ChildItem $_.FullName -Recurse } } | Where-Object { $_.LastWriteTimeUtc -gt $t } | Select-Object -First 1) { exit 1 }"
    if not errorlevel 1 set "built=yes"
)
if "%built%"=="yes" goto run

where mvn >nul 2>nul || call :need "Maven 3.6.3 or newer: winget install Apache.Maven, or https://maven.apache.org"
where cmake >nul 2>nul || call :need "CMake 3.22 or newer: winget install Kitware.CMake"
if not defined CXX (where g++ >nul 2>nul || where clang++ >nul 2>nul || call :need "a C++ compiler, MinGW-w64 GCC 12 or newer: winget install BrechtSanders.WinLibs.POSIX.MSVCRT")
if defined missing exit /b 2
echo fovea: building (a minute or two the first time) 1>&2
for /f "delims=" %%t in ('powershell -NoProfile -Command "(Get-Date).ToUniversalTime().ToString('o')"') do set "started=%%t"
where java >nul 2>nul || if not defined JAVA_HOME set "JAVA_HOME=%jdk%"
call mvn -B -q -f "%root%pom.xml" -DskipTests process-classes 1>&2 <nul
if errorlevel 1 (
    echo fovea: the build failed, see above 1>&2
    exit /b 2
)
rem As old as the start of the build: what was edited meanwhile is built next time.
type nul > "%stamp%"
powershell -NoProfile -Command "(Get-Item -LiteralPath '%stamp%').LastWriteTimeUtc = [datetime]::Parse('%started%').ToUniversalTime()"

:run
if defined missing exit /b 2
"%jdk%\bin\java" --enable-native-access=fovea --module-path "%target%\classes;%target%\cli" --add-modules ALL-MODULE-PATH,java.desktop --module fovea/fovea.cli.Main %*
exit /b %errorlevel%

:try
if defined jdk exit /b
if not exist "%~1\bin\javac.exe" exit /b
for /f "tokens=2 delims==." %%v in ('findstr /b "JAVA_VERSION=" "%~1\release" 2^>nul') do (
    set "major=%%~v"
    set "major=!major:"=!"
    if !major! geq 25 set "jdk=%~f1"
)
exit /b

:need
if not defined missing echo fovea: please install 1>&2
set "missing=yes"
echo   %~1 1>&2
exit /b 0
