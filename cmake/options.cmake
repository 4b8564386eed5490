# How our own targets are compiled. Nothing here is global: a target takes it by linking fairlead_options.
add_library(fairlead_options INTERFACE)
target_compile_features(fairlead_options INTERFACE cxx_std_20)
target_include_directories(fairlead_options INTERFACE ${PROJECT_SOURCE_DIR})

target_compile_options(fairlead_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -Wimplicit-fallthrough
  -Wno-missing-field-initializers # designated initialisers leave the rest to the member's default
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op>
  # Of a source that is compiled together with others it thinks that it is a header.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${CMAKE_UNITY_BUILD}>>:-Wno-subobject-linkage>
  $<$<BOOL:${FAIRLEAD_WERROR}>:-Werror>)

if(FAIRLEAD_SANITIZE)
  target_compile_options(fairlead_options INTERFACE
    -fsanitize=${FAIRLEAD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    # Instrumented, <regex> of GCC 12 looks as if it read what it has not written.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(fairlead_options INTERFACE -fsanitize=${FAIRLEAD_SANITIZE})
  if(FAIRLEAD_SANITIZE MATCHES "undefined")
    # The check of vptrs opens a pipe to look at memory: without a descriptor left it cries wolf, and
    # a test of just that shortage fails.
    target_compile_options(fairlead_options INTERFACE -fno-sanitize=vptr)
  endif()
  if(FAIRLEAD_SANITIZE MATCHES "thread")
    # ThreadSanitizer cannot model stand-alone fences; Asio uses them unless told otherwise.
    target_compile_definitions(fairlead_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
    target_compile_options(fairlead_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT FAIRLEAD_SANITIZE)
  target_compile_definitions(fairlead_options INTERFACE _GLIBCXX_ASSERTIONS)
elseif(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" AND NOT FAIRLEAD_SANITIZE)
  # What a daemon that faces the network is hardened with.
  target_compile_options(fairlead_options INTERFACE
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection)
  target_link_options(fairlead_options INTERFACE -Wl,-z,relro,-z,now)
endif()

# fairlead_library(NAME SOURCES...) makes the library of one folder: fairlead_NAME. Where sources are compiled together
# (presets "asan" and "tsan"), those of each folder are, so that a new one can collide with its neighbours alone.
function(fairlead_library name)
  add_library(fairlead_${name} STATIC ${ARGN})
  target_link_libraries(fairlead_${name} PRIVATE fairlead_options)
  target_include_directories(fairlead_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_features(fairlead_${name} PUBLIC cxx_std_20)
  set_target_properties(fairlead_${name} PROPERTIES UNITY_BUILD_MODE GROUP)
  foreach(source IN LISTS ARGN)
    cmake_path(GET source PARENT_PATH folder)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP "folder_${folder}")
  endforeach()
endfunction()
