using System.Runtime.InteropServices;
using Pipeline.Threading;

namespace Pipeline.Functions.Local.Interactive;

/// <summary>
/// Ctrl-C for as long as a session lasts: it ends the text that is being made. Between texts it does nothing at a terminal, where a
/// line is being read or about to be, so that one that comes a moment too late ends no session; elsewhere it ends the program.
/// </summary>
internal sealed class TextInterrupt : IDisposable
{
    private readonly PosixSignalRegistration _registration;
    private volatile CancellationTokenSource? _text;

    /// <summary>Listens from now on.</summary>
    /// <param name="atTerminal">Whether a person writes the lines at a terminal.</param>
    public TextInterrupt(bool atTerminal) => _registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
    {
        var text = _text;
        signal.Cancel = atTerminal || text is not null;
        text?.CancelIfAlive();
    });

    /// <summary>A text begins, which Ctrl-C ends until <see cref="End"/>.</summary>
    /// <param name="text">What stops it.</param>
    public void Begin(CancellationTokenSource text) => _text = text;

    /// <summary>The text has ended.</summary>
    public void End() => _text = null;

    /// <inheritdoc />
    public void Dispose() => _registration.Dispose();
}
