namespace Pipeline.Storage;

/// <summary>Tells a disk without room from other failures: nothing is wrong with what was to be written, and trying the next file is of no use.</summary>
public static class DiskFull
{
    // Linux's ENOSPC and EDQUOT, which .NET hands on as they are.
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    /// <summary>Whether a failure, or what led to it, was a full disk or a used-up quota.</summary>
    public static bool Is(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (failure is IOException { HResult: NoSpace or QuotaExceeded })
            {
                return true;
            }
        }

        return false;
    }
}
