namespace Pipeline.Generation.Cpu;

/// <summary>
/// Threads that work on one thing together, the caller being the first of them: they meet at barriers many times a token, so waiting
/// costs less than a call to the system as long as everyone has a processor, and gives the processor away when not.
/// </summary>
internal sealed class WorkerTeam : IDisposable
{
    // About 5 µs: the others are that late at most while all of them run.
    private const int SpinsAtBarrier = 200;

    // About 50 µs, the time between two tokens.
    private const int SpinsAtRest = 2000;

    private readonly SemaphoreSlim _wake = new(0);
    private readonly Lock _oneAtATime = new();
    private readonly bool _spinning;
    private Action<int> _work = static _ => { };
    private int _round;
    private int _asleep;
    private int _arrived;
    private int _phase;
    private bool _ended;

    /// <summary>Starts the threads.</summary>
    /// <param name="size">How many work together, the caller included.</param>
    /// <param name="spinning">Whether they wait a little for the next piece of work before they sleep.</param>
    public WorkerTeam(int size, bool spinning)
    {
        Size = size;
        _spinning = spinning;
        for (var index = 1; index < size; index++)
        {
            var own = index;
            new Thread(() => Loop(own)) { IsBackground = true, Name = $"decoder {own}" }.Start();
        }
    }

    /// <summary>How many work together.</summary>
    public int Size { get; }

    /// <summary>Has every member run this with its number, and returns when all are done. Callers take turns.</summary>
    public void Run(Action<int> work)
    {
        lock (_oneAtATime)
        {
            _work = work;
            Interlocked.Increment(ref _round);
            if (Volatile.Read(ref _asleep) > 0)
            {
                _wake.Release(Interlocked.Exchange(ref _asleep, 0));
            }

            work(0);
            Meet();
        }
    }

    /// <summary>Returns when every member has come here.</summary>
    public void Meet()
    {
        if (Size == 1)
        {
            return;
        }

        var phase = Volatile.Read(ref _phase);
        if (Interlocked.Increment(ref _arrived) == Size)
        {
            Volatile.Write(ref _arrived, 0);
            Volatile.Write(ref _phase, phase + 1);
            return;
        }

        for (var spins = 0; Volatile.Read(ref _phase) == phase; spins++)
        {
            if (spins < SpinsAtBarrier)
            {
                Thread.SpinWait(1);
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_oneAtATime)
        {
            if (!_ended)
            {
                _ended = true;
                Interlocked.Increment(ref _round);
                _wake.Release(Math.Max(1, Size));
            }
        }
    }

    private void Loop(int index)
    {
        for (var seen = 0; ; seen++)
        {
            for (var spins = 0; Volatile.Read(ref _round) == seen; spins++)
            {
                if (_spinning && spins < SpinsAtRest)
                {
                    Thread.SpinWait(1);
                    continue;
                }

                Interlocked.Increment(ref _asleep);
                if (Volatile.Read(ref _round) == seen)
                {
                    _wake.Wait();
                }
            }

            if (Volatile.Read(ref _ended))
            {
                return;
            }

            _work(index);
            Meet();
        }
    }
}
