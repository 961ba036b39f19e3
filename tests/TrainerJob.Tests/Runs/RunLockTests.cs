using Pipeline.Testing;
using Pipeline.TrainerJob.Runs;

namespace Pipeline.TrainerJob.Tests.Runs;

public sealed class RunLockTests
{
    [Fact]
    public void Only_one_holds_a_run_until_it_lets_go()
    {
        using var folder = new TemporaryFolder();
        using (RunLock.Take(folder.FullName))
        {
            var refused = Assert.Throws<RunBusyException>(() => RunLock.Take(folder.FullName));
            Assert.Contains(folder.FullName, refused.Message, StringComparison.Ordinal);
        }

        using var next = RunLock.Take(folder.FullName);
    }

    [Fact]
    public void A_lock_file_left_by_a_dead_process_does_not_matter()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Sub("run.lock"), "4711");

        using var taken = RunLock.Take(folder.FullName);
    }
}
