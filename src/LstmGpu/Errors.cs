namespace LstmGpu;

/// <summary>
/// What went wrong, in one line that says what was found, what was expected and what to do next.
/// The subclass says whose turn it is; the command line maps it to a documented exit code.
/// </summary>
public abstract class LstmGpuException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A setting, flag or combination of them that cannot be used. Exit code 2.</summary>
public sealed class ConfigurationException(string message, Exception? inner = null) : LstmGpuException(message, inner);

/// <summary>A file that is missing, unreadable, malformed or does not fit the run. Exit code 3.</summary>
public sealed class DataException(string message, Exception? inner = null) : LstmGpuException(message, inner);

/// <summary>A device that is absent, too small or has failed. Exit code 4.</summary>
public sealed class DeviceException(string message, Exception? inner = null) : LstmGpuException(message, inner);

/// <summary>Training produced NaN or infinity; the last good checkpoint is kept. Exit code 5.</summary>
public sealed class DivergedException(string message, Exception? inner = null) : LstmGpuException(message, inner);
